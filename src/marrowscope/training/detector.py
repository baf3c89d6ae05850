"""Trains the detector: first on what people labelled, then also on what it is sure of itself.

On some marrow fields every cell is boxed; on most only plasma cells are. The first round learns
from the former, from blood (where everything is boxed), single marrow cells and plasma cells, and
ignores every other nucleus. The network then names those it is sure about, and the second round
learns from them too.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from marrowscope.cells.detection_peaks import Peaks, find_peaks
from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.image_sets import BoxedField, ImageSets
from marrowscope.geometry import DoubleArray, UInt8Array
from marrowscope.training.batches import made_ahead
from marrowscope.training.detector_canvases import INPUT_UM_PER_PX, make_canvas, targets
from marrowscope.training.detector_finishing import finish_detector
from marrowscope.training.detector_network import DetectorNetwork
from marrowscope.training.detector_tiles import (
    TILE_UM_PER_PX,
    UNKNOWN_KIND,
    Source,
    Tile,
    load_tiles,
    nuclear_mask,
    within,
)
from marrowscope.training.found_cells import SURE, is_known, may_be_a_lobe
from marrowscope.training.nucleus_labels import nucleus_mask
from marrowscope.training.output_folder import (
    check_recipe,
    damaged_named,
    make_folder,
    save_state,
    save_text,
)

RECIPE_FILE = "detector.recipe.json"
BATCH = 32
DOUBTFUL = 0.12
STEPS_BETWEEN_CHECKPOINTS = 100
KIND_WEIGHTS = (1.0, 3.0, 1.0, 1.0)
"""Of the loss of each kind, in the order of `ObjectKind`: few smudged cells are labelled."""
Report = Callable[[int, int, float], None]
"""Called with step and total steps of all rounds together, and the running loss."""
OwnFields = Sequence[tuple[BoxedField, UInt8Array]]


@dataclass(frozen=True, slots=True)
class DetectorRecipe:
    """Everything that decides the result beside the data.

    permissive: without the fields whose licence forbids commercial use.
    """

    seed: int = 20261124
    first_steps: int = 800
    second_steps: int = 1600
    learning_rate: float = 2e-3
    permissive: bool = False

    @property
    def n_steps(self) -> int:
        """Steps of both rounds."""
        return self.first_steps + self.second_steps

    @property
    def file_name(self) -> str:
        """Of the model, as it is shipped."""
        return "detector-permissive.onnx" if self.permissive else "detector.onnx"


def _batches(
    tiles: Mapping[Source, Sequence[Tile]], seed: int, first_step: int, n_steps: int
) -> Iterator[tuple[UInt8Array, DoubleArray]]:
    """Batches from `first_step` on, made ahead in a thread; each depends on its step alone."""

    def batch(step: int) -> tuple[UInt8Array, DoubleArray]:
        random = np.random.default_rng([seed, step])
        return targets([make_canvas(tiles, random) for _ in range(BATCH)])

    return made_ahead(batch, first_step, n_steps)


def _loss(out: Tensor, maps: Tensor) -> Tensor:
    """Penalty-reduced focal loss on centres, L1 on sizes and offsets at the centres, cross-entropy
    on nuclei and kinds. Channels of `maps` as `targets` numbers them.
    """
    heat, truth, weight = out[:, 0].clamp(1e-4, 1 - 1e-4), maps[:, 0], maps[:, 5]
    positive = (truth >= 1.0).float()
    focal = positive * (1 - heat) ** 2 * heat.log()
    focal = focal + (1 - positive) * (1 - truth) ** 4 * heat**2 * (1 - heat).log()
    n_positive = positive.sum().clamp(min=1.0)
    has_size = (maps[:, 6] == 1.0).float()
    has_centre = (maps[:, 6] > 0).float()
    size = ((out[:, 1:3] - maps[:, 1:3]).abs().sum(1) * has_size).sum()
    offset = ((out[:, 3:5] - maps[:, 3:5]).abs().sum(1) * has_centre).sum()
    centres = (-(focal * weight).sum() + 1.0 * size + 0.5 * offset) / n_positive

    nucleus = nn.functional.binary_cross_entropy(
        out[:, 5].clamp(1e-4, 1 - 1e-4), maps[:, 7], weight=maps[:, 8]
    )
    kinds = nn.functional.cross_entropy(
        out[:, 6:10],
        maps[:, 9].long(),
        weight=torch.tensor(KIND_WEIGHTS, device=out.device),
        ignore_index=UNKNOWN_KIND,
    )
    return centres + 4.0 * nucleus + 0.4 * kinds


@dataclass(frozen=True, slots=True)
class _Round:
    """One round of training: its number, steps, steps of the rounds before, and its folder."""

    number: int
    n_steps: int
    n_before: int
    folder: Path

    @property
    def finished(self) -> Path:
        """Weights of the finished round."""
        return self.folder / f"round-{self.number}.pt"

    @property
    def checkpoint(self) -> Path:
        """State in the middle of the round."""
        return self.folder / f"round-{self.number}.checkpoint.pt"


def _fit(
    network: DetectorNetwork,
    tiles: Mapping[Source, Sequence[Tile]],
    recipe: DetectorRecipe,
    training_round: _Round,
    report: Report,
) -> None:
    """Trains one round, from its checkpoint where there is one."""
    n_steps = training_round.n_steps
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network.to(device).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.learning_rate, total_steps=n_steps, pct_start=0.15
    )
    first_step, running = 0, 0.0
    if training_round.checkpoint.exists():
        with damaged_named(training_round.checkpoint):
            state = torch.load(training_round.checkpoint, map_location=device)
            network.load_state_dict(state["network"])
            optimiser.load_state_dict(state["optimiser"])
            schedule.load_state_dict(state["schedule"])
            first_step, running = state["step"], state["running"]
    batches = _batches(tiles, recipe.seed + training_round.number, first_step, n_steps)
    for step, (pixels, maps) in enumerate(batches, start=first_step):
        out = network(torch.from_numpy(pixels).to(device))
        loss = _loss(out, torch.from_numpy(maps).float().to(device))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        running = 0.95 * running + 0.05 * loss.item() if step else loss.item()
        done = step + 1
        if done % STEPS_BETWEEN_CHECKPOINTS == 0 and done < n_steps:
            state = {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "step": done,
                "running": running,
            }
            save_state(state, training_round.checkpoint)
        report(training_round.n_before + done, recipe.n_steps, running)
    network.to("cpu")
    save_state(network.state_dict(), training_round.finished)
    training_round.checkpoint.unlink(missing_ok=True)


def _peaks_of_tile(network: DetectorNetwork, tile: Tile) -> Peaks:
    """What the network finds on a tile, in its input pixels."""
    height, width = (
        round(side * TILE_UM_PER_PX / INPUT_UM_PER_PX) for side in tile.pixels.shape[:2]
    )
    small = cv2.resize(tile.pixels, (width, height), interpolation=cv2.INTER_AREA)
    padded = np.full((-(-height // 16) * 16, -(-width // 16) * 16, 3), 255, dtype=np.uint8)
    padded[:height, :width] = small
    with torch.no_grad():
        out = network(torch.from_numpy(padded[None])).numpy()[0]
    return find_peaks(out, DOUBTFUL)


def with_own_labels(network: DetectorNetwork, tile: Tile) -> Tile:
    """The tile with cells the network is sure of added; doubtful nuclei stay unsure."""
    network.eval()
    peaks = _peaks_of_tile(network, tile)
    factor = INPUT_UM_PER_PX / TILE_UM_PER_PX
    found = np.stack([peaks.x, peaks.y, peaks.w, peaks.h], axis=1) * factor
    added: list[DoubleArray] = []
    doubtful: list[DoubleArray] = []
    for cell, score in zip(found, peaks.score, strict=True):
        if any(is_known(cell, other) for other in tile.cells):
            continue
        is_sure = score >= SURE and not may_be_a_lobe(cell, found)
        (added if is_sure else doubtful).append(cell)
    cells = np.array([*tile.cells, *added], dtype=np.float64).reshape(-1, 4)
    return replace(
        tile,
        cells=cells,
        kinds=np.append(tile.kinds, np.full(len(added), UNKNOWN_KIND)),
        unsure=within(tile.pixels.shape, doubtful) & nuclear_mask(tile.pixels),
        nucleus=tile.nucleus | nucleus_mask(tile.pixels, np.array(added).reshape(-1, 4)),
    )


def train_detector(
    data: Path,
    out: Path,
    recipe: DetectorRecipe | None = None,
    report: Report = lambda *_: None,
    own_fields: OwnFields = (),
) -> Path:
    """Trains on the `train` split of `data` and on own fields with every cell boxed; writes
    `out/detector.onnx` (`detector-permissive.onnx`) and its card; returns the model's path.

    A finished round is kept as `out/round-N.pt` and not trained again; within a round it goes on
    from the last checkpoint. On a GPU where there is one. Raises UsageError where `out` holds
    the rounds of another recipe, UnreadableInputError where the data cannot be read.
    """
    recipe = recipe or DetectorRecipe()
    make_folder(out)
    check_recipe(out / RECIPE_FILE, _recipe_text(recipe, own_fields))
    torch.manual_seed(recipe.seed)
    sets = ImageSets(data)
    tiles = load_tiles(sets, "train", own_fields, with_segpc=not recipe.permissive)
    if not any(tiles.values()):
        raise UnreadableInputError(
            f"{data.name}: nothing of the split train to learn from; check cells.csv and fields.csv"
        )
    save_text(_recipe_text(recipe, own_fields), out / RECIPE_FILE)
    network = DetectorNetwork()
    for number, n_steps in enumerate((recipe.first_steps, recipe.second_steps), start=1):
        training_round = _Round(number, n_steps, (number - 1) * recipe.first_steps, out)
        if number == 2:
            for source in (Source.PARTLY, Source.CROPS):
                tiles[source] = [with_own_labels(network, tile) for tile in tiles[source]]
        if training_round.finished.exists():
            with damaged_named(training_round.finished):
                network.load_state_dict(torch.load(training_round.finished))
        else:
            _fit(network, tiles, recipe, training_round, report)
    path = export_detector(network, out / recipe.file_name)
    finish_detector(path, data, n_own_fields=len(own_fields), permissive=recipe.permissive)
    return path


def _recipe_text(recipe: DetectorRecipe, own_fields: OwnFields) -> str:
    noted = {name: getattr(recipe, name) for name in recipe.__slots__}
    own = {"own_fields": len(own_fields), "own_fields_sha256": _digest(own_fields)}
    return json.dumps(noted | own, indent=2) + "\n"


def _digest(own_fields: OwnFields) -> str:
    """SHA-256 over labels, scales and pixels; "" without own fields."""
    digest = hashlib.sha256()
    for field, pixels in own_fields:
        digest.update(f"{field.path}\n{field.um_per_px}\n{field.boxes}\n".encode())
        digest.update(pixels.tobytes())
    return digest.hexdigest() if own_fields else ""


def export_detector(network: DetectorNetwork, path: Path) -> Path:
    """Writes the ONNX file with free batch, height and width; returns its path."""
    network.eval()
    example = torch.zeros((1, 64, 64, 3), dtype=torch.uint8)
    torch.onnx.export(
        network,
        (example,),
        path,
        input_names=["pixels"],
        output_names=["maps"],
        dynamic_axes={
            "pixels": {0: "n", 1: "rows", 2: "columns"},
            "maps": {0: "n", 2: "r", 3: "c"},
        },
        opset_version=17,
        dynamo=False,
    )
    return path
