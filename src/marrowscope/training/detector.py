"""Trains the detector: first on what people labelled, then also on what it is sure of itself.

In marrow fields only plasma cells are boxed. The first round learns from blood (where everything
is boxed), single marrow cells and plasma cells, and ignores every other nucleus of the marrow.
The network then names those it is sure about, and the second round learns from them too.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Queue
from threading import Thread

import cv2
import numpy as np
import torch
from torch import Tensor

from marrowscope.cells.detection_peaks import Peaks, find_peaks
from marrowscope.evaluation.image_sets import ImageSets
from marrowscope.geometry import DoubleArray, UInt8Array
from marrowscope.training.detector_network import DetectorNetwork
from marrowscope.training.detector_tiles import (
    INPUT_UM_PER_PX,
    TILE_UM_PER_PX,
    Tile,
    load_tiles,
    make_canvas,
    nuclear_mask,
    targets,
)
from marrowscope.training.finishing import finish_detector

BATCH = 32
SURE = 0.45
DOUBTFUL = 0.12
Report = Callable[[int, int, float], None]
"""Called with step, total steps and the running loss."""


@dataclass(frozen=True, slots=True)
class DetectorRecipe:
    """Everything that decides the result beside the data."""

    seed: int = 20261124
    first_steps: int = 700
    second_steps: int = 1500
    learning_rate: float = 2e-3


def _batches(
    tiles: dict[str, list[Tile]], seed: int, n_steps: int
) -> Iterator[tuple[UInt8Array, DoubleArray]]:
    """Batches made one ahead in a thread, in a fixed order."""
    queue: Queue[tuple[UInt8Array, DoubleArray]] = Queue(maxsize=3)

    def fill() -> None:
        random = np.random.default_rng(seed)
        for _ in range(n_steps):
            queue.put(targets([make_canvas(tiles, random) for _ in range(BATCH)]))

    Thread(target=fill, daemon=True).start()
    for _ in range(n_steps):
        yield queue.get()


def _loss(out: Tensor, maps: Tensor) -> Tensor:
    """Penalty-reduced focal loss on centres, L1 on sizes and offsets at the centres."""
    heat, truth, weight = out[:, 0].clamp(1e-4, 1 - 1e-4), maps[:, 0], maps[:, 5]
    positive = (truth >= 1.0).float()
    focal = positive * (1 - heat) ** 2 * heat.log()
    focal = focal + (1 - positive) * (1 - truth) ** 4 * heat**2 * (1 - heat).log()
    n_positive = positive.sum().clamp(min=1.0)
    has_size = (maps[:, 6] == 1.0).float()
    has_centre = (maps[:, 6] > 0).float()
    size = ((out[:, 1:3] - maps[:, 1:3]).abs().sum(1) * has_size).sum()
    offset = ((out[:, 3:5] - maps[:, 3:5]).abs().sum(1) * has_centre).sum()
    return (-(focal * weight).sum() + 1.0 * size + 0.5 * offset) / n_positive


def _fit(
    network: DetectorNetwork,
    tiles: dict[str, list[Tile]],
    recipe: DetectorRecipe,
    n_steps: int,
    report: Report,
) -> None:
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.learning_rate, total_steps=n_steps, pct_start=0.15
    )
    running = 0.0
    for step, (pixels, maps) in enumerate(_batches(tiles, recipe.seed + n_steps, n_steps)):
        loss = _loss(network(torch.from_numpy(pixels)), torch.from_numpy(maps).float())
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        running = 0.95 * running + 0.05 * loss.item() if step else loss.item()
        report(step + 1, n_steps, running)


def _peaks_of_tile(network: DetectorNetwork, tile: Tile) -> Peaks:
    """Peaks in the tile's own pixels, averaged over the picture and its mirror image."""
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
    known = [cell for cell in tile.cells if cell[2]]
    added: list[DoubleArray] = []
    doubtful: list[DoubleArray] = []
    for cell, score in zip(found, peaks.score, strict=True):
        reach = 0.35 * (cell[2] + cell[3]) / 2
        if any(np.hypot(*(cell[:2] - other[:2])) < reach for other in known):
            continue
        (added if score >= SURE else doubtful).append(cell)
    cells = np.array([*known, *added], dtype=np.float64).reshape(-1, 4)
    unsure = np.zeros(tile.unsure.shape, dtype=bool)
    rows, columns = np.mgrid[: tile.unsure.shape[0], : tile.unsure.shape[1]]
    for x, y, w, h in doubtful:
        unsure |= ((columns - x) / (w / 2)) ** 2 + ((rows - y) / (h / 2)) ** 2 <= 1.0
    unsure &= nuclear_mask(tile.pixels)
    return replace(tile, cells=cells, unsure=unsure)


def train_detector(
    data: Path, out: Path, recipe: DetectorRecipe | None = None, report: Report = lambda *_: None
) -> Path:
    """Trains on the `train` split of `data`; writes `out/detector.onnx` and its card, and returns
    the model's path.

    A finished round is kept as `out/round-N.pt` and not trained again.
    """
    recipe = recipe or DetectorRecipe()
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    tiles = load_tiles(ImageSets(data), "train")
    network = DetectorNetwork()
    for number, n_steps in enumerate((recipe.first_steps, recipe.second_steps), start=1):
        checkpoint = out / f"round-{number}.pt"
        if number == 2:
            for kind in ("marrow", "crops"):
                tiles[kind] = [with_own_labels(network, tile) for tile in tiles[kind]]
        if checkpoint.exists():
            network.load_state_dict(torch.load(checkpoint))
        else:
            _fit(network, tiles, recipe, n_steps, report)
            torch.save(network.state_dict(), checkpoint)
    path = export_detector(network, out, recipe)
    finish_detector(path, data)
    return path


def export_detector(network: DetectorNetwork, out: Path, recipe: DetectorRecipe) -> Path:
    """Writes the ONNX file with free batch, height and width."""
    network.eval()
    path = out / "detector.onnx"
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
    (out / "detector.recipe.json").write_text(
        json.dumps({name: getattr(recipe, name) for name in recipe.__slots__}, indent=2) + "\n"
    )
    return path
