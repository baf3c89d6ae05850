"""Fits the classifier's networks to crops of several laboratories at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from marrowscope.cells.costs import cost_table
from marrowscope.geometry import BoolArray, FloatArray, UInt8Array
from marrowscope.training.batches import made_ahead
from marrowscope.training.classifier_augmentation import Augmentation, Variation
from marrowscope.training.classifier_crops import CropSet
from marrowscope.training.classifier_network import (
    N_FEATURES,
    ClassifierNetwork,
    JointNetwork,
    averaged,
)
from marrowscope.training.output_folder import damaged_named, make_folder, save_state

CHECKPOINT_FILE = "classifier.checkpoint.pt"
LAST_FILE = "classifier.pt"
STEPS_BETWEEN_CHECKPOINTS = 100
SHARDS = 2
"""Parts of a batch that are worked on at the same time; their gradients are added in order, so
that the result does not depend on which was ready first."""
DROPPED = 0.25
"""Share of the features hidden from the head at each step."""
AVERAGE_KEEPS = 0.998
Report = Callable[[int, int, float], None]
"""Called with step, total steps and the running loss."""


@dataclass(frozen=True, slots=True)
class ClassifierRecipe:
    """Everything that decides the result beside the data and the detector.

    own_set_shares: for each network, the part of its loss that compares only the classes of the
    crop's own set, so that "which laboratory is this" earns nothing there. cost_share: weight of
    the mean cost of what a crop may be called, by the vocabulary's table. variation: how crops are
    changed.
    fewest_of_a_class: fully labelled training crops below which a class is not modelled.
    softened_from, softening: see `ExportedClassifier`.
    """

    seed: int = 20261124
    steps: int = 3600
    batch: int = 48
    learning_rate: float = 6e-4
    own_set_shares: tuple[float, ...] = (0.8, 0.5)
    cost_share: float = 0.1
    fewest_of_a_class: int = 40
    softened_from: float = 0.45
    softening: float = 2.0
    variation: Variation = field(default_factory=Variation)

    def of_network(self, number: int) -> "ClassifierRecipe":
        """Of one network alone, counted from 0: its share, and a seed of its own."""
        return replace(self, seed=self.seed + number, own_set_shares=(self.own_set_shares[number],))


@dataclass(frozen=True, slots=True)
class _Batch:
    """pixels: (n, 96, 96, 3). allowed, own: (n, classes). kept: (n, features), 0 where hidden."""

    pixels: UInt8Array
    allowed: BoolArray
    own: BoolArray
    kept: FloatArray


def _batches(crops: CropSet, recipe: ClassifierRecipe, first: int) -> Iterator[_Batch]:
    """Batches from step `first` on, made ahead in a thread; each depends on its step alone."""
    augmentation = Augmentation(crops, recipe.variation)
    weight = crops.weight.astype(np.float64)
    weight /= weight.sum()

    def batch(step: int) -> _Batch:
        random = np.random.default_rng((recipe.seed, step))
        drawn = random.choice(len(weight), recipe.batch, p=weight)
        pixels = np.stack([augmentation(int(i), random) for i in drawn])
        kept = (random.random((recipe.batch, N_FEATURES)) >= DROPPED) / (1 - DROPPED)
        return _Batch(pixels, crops.allowed[drawn], crops.own[drawn], kept.astype(np.float32))

    return made_ahead(batch, first, recipe.steps)


def _set_loss(logits: Tensor, allowed: Tensor, among: Tensor) -> Tensor:
    """Minus log of the probability that the class is one of `allowed`, by softmax over `among`.

    Summed over the crops.
    """
    low = torch.finfo(logits.dtype).min / 4
    over_allowed = logits.masked_fill(~(allowed & among), low).logsumexp(dim=1)
    over_all = logits.masked_fill(~among, low).logsumexp(dim=1)
    return (over_all - over_allowed).sum()


def _cost(logits: Tensor, allowed: Tensor, among: Tensor, costs: Tensor) -> Tensor:
    """Mean cost of the names that a crop may get, by softmax over `among`; summed over the crops.

    costs: (classes, classes), of calling the class of a row by the name of a column. Of a crop
    that may be one of several classes the cheapest counts.
    """
    low = torch.finfo(logits.dtype).min / 4
    of_names = costs.masked_fill(~allowed[:, :, None], torch.inf).amin(dim=1)
    return (logits.masked_fill(~among, low).softmax(dim=1) * of_names).sum()


class _Gradients:
    """Loss and gradients of a batch, worked out shard by shard on as many threads."""

    def __init__(
        self,
        network: ClassifierNetwork,
        recipe: ClassifierRecipe,
        class_ids: Sequence[str],
        device: str,
    ) -> None:
        self._network = network
        (self._own_set_share,) = recipe.own_set_shares
        self._cost_share = recipe.cost_share
        table = cost_table(class_ids, class_ids).astype(np.float32)
        self._costs = torch.from_numpy(table).to(device)
        self._device = device
        self._parameters = [one for one in network.parameters() if one.requires_grad]

    def of(self, batch: _Batch, pool: ThreadPoolExecutor, n_shards: int) -> float:
        """Sets the gradients of the network; returns the loss a crop."""
        n = len(batch.pixels)
        parts = [slice(i * n // n_shards, (i + 1) * n // n_shards) for i in range(n_shards)]
        done = list(pool.map(lambda part: self._of_part(batch, part, n), parts))
        for index, parameter in enumerate(self._parameters):
            parameter.grad = sum((part[1][index] for part in done[1:]), done[0][1][index])
        return sum(loss for loss, _ in done)

    def _of_part(self, batch: _Batch, part: slice, n: int) -> tuple[float, tuple[Tensor, ...]]:
        pixels, allowed, own, kept = (
            torch.from_numpy(np.ascontiguousarray(one[part])).to(self._device)
            for one in (batch.pixels, batch.allowed, batch.own, batch.kept)
        )
        logits = self._network.head(self._network.features(pixels) * kept)
        loss = (1 - self._own_set_share) * self._among(logits, allowed, torch.ones_like(own))
        loss = (loss + self._own_set_share * self._among(logits, allowed, own)) / n
        return float(loss.detach()), torch.autograd.grad(loss, self._parameters)

    def _among(self, logits: Tensor, allowed: Tensor, among: Tensor) -> Tensor:
        cost = _cost(logits, allowed, among, self._costs)
        return _set_loss(logits, allowed, among) + self._cost_share * cost


@contextmanager
def _one_thread_an_operation(device: str) -> Iterator[None]:
    """Threads work on shards instead of inside operations, which is faster for a net this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1 if device == "cpu" else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def device_name() -> str:
    """Where to train: a GPU where there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def fit(
    crops: CropSet, recipe: ClassifierRecipe, checkpoint: Path | None, report: Report
) -> ClassifierNetwork:
    """Trains a network on the crops and returns the running average of its weights.

    recipe: of one network. checkpoint: file that a stopped training goes on from; None keeps none.
    """
    torch.manual_seed(recipe.seed)
    device = device_name()
    network = ClassifierNetwork(len(crops.class_ids)).to(device)
    average = {name: value.detach().clone() for name, value in network.state_dict().items()}
    rates = [recipe.learning_rate, recipe.learning_rate * 4]
    optimiser = torch.optim.AdamW(
        [{"params": network.backbone.parameters()}, {"params": network.head.parameters()}],
        lr=recipe.learning_rate,
        weight_decay=1e-2,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rates, total_steps=recipe.steps, pct_start=0.1
    )
    first, running = 0, 0.0
    if checkpoint is not None and checkpoint.exists():
        with damaged_named(checkpoint):
            state = torch.load(checkpoint, map_location="cpu")
            network.load_state_dict(state["network"])
            average = {name: value.to(device) for name, value in state["average"].items()}
            optimiser.load_state_dict(state["optimiser"])
            schedule.load_state_dict(state["schedule"])
            first, running = state["step"], state["loss"]
    gradients = _Gradients(network, recipe, crops.class_ids, device)
    n_shards = SHARDS if device == "cpu" else 1
    with _one_thread_an_operation(device), ThreadPoolExecutor(n_shards) as pool:
        for step, batch in enumerate(_batches(crops, recipe, first), start=first + 1):
            loss = gradients.of(batch, pool, n_shards)
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            averaged(average, network, min(AVERAGE_KEEPS, step / (step + 20)))
            running = 0.97 * running + 0.03 * loss if step > 1 else loss
            if checkpoint is not None and step % STEPS_BETWEEN_CHECKPOINTS == 0:
                save_state(
                    {
                        "network": network.state_dict(),
                        "average": average,
                        "optimiser": optimiser.state_dict(),
                        "schedule": schedule.state_dict(),
                        "step": step,
                        "loss": running,
                    },
                    checkpoint,
                )
            report(step, recipe.steps, running)
    network.load_state_dict(average)
    return network.to("cpu")


def fit_or_resume(
    crops: CropSet, recipe: ClassifierRecipe, folder: Path, report: Report
) -> JointNetwork:
    """The trained networks of a folder: as an earlier run finished them, else trained now."""
    n_networks = len(recipe.own_set_shares)
    networks = []
    for number in range(n_networks):

        def on_step(step: int, n: int, loss: float, before: int = number) -> None:
            report(before * n + step, n_networks * n, loss)

        here = folder / f"network-{number + 1}"
        networks.append(_one_network(crops, recipe.of_network(number), here, on_step))
    return JointNetwork(networks)


def _one_network(
    crops: CropSet, recipe: ClassifierRecipe, folder: Path, report: Report
) -> ClassifierNetwork:
    make_folder(folder)
    last, checkpoint = folder / LAST_FILE, folder / CHECKPOINT_FILE
    if last.exists():
        network = ClassifierNetwork(len(crops.class_ids))
        with damaged_named(last):
            network.load_state_dict(torch.load(last, map_location="cpu"))
        return network
    network = fit(crops, recipe, checkpoint, report)
    save_state(network.state_dict(), last)
    checkpoint.unlink(missing_ok=True)
    return network


def outputs_of(network: nn.Module, pixels: UInt8Array) -> tuple[FloatArray, FloatArray]:
    """Logits (n, classes) and features (n, features) of crops (n, 96, 96, 3)."""
    logits, features = [], []
    with torch.no_grad():
        for i in range(0, len(pixels), 64):
            some = network(torch.from_numpy(np.ascontiguousarray(pixels[i : i + 64])))
            logits.append(some[0].numpy())
            features.append(some[1].numpy())
    return np.concatenate(logits), np.concatenate(features)
