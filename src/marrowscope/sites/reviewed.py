"""Reads reviewed cells from their pictures and lets the network look at them once."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from marrowscope.cells import CropBatch, OnnxClassifier, SlideReference
from marrowscope.cells.classifier import NetworkOutputs
from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.classifier_naming import BATCH, centred_crop, reference_of_set
from marrowscope.evaluation.classifier_sets import CellSet, LabelledCell
from marrowscope.geometry import UInt8Array
from marrowscope.progress import Progress
from marrowscope.slides.file_names import shown


@dataclass(frozen=True, slots=True)
class SeenCells:
    """truths: class ids of the n cells that could be read. n_unreadable, n_copies: of the others.

    A picture that is there twice counts once: a copy held out would not be held out.
    """

    outputs: NetworkOutputs
    truths: tuple[str, ...]
    reference: SlideReference
    n_unreadable: int
    n_copies: int


def at_most(cells: CellSet, n: int) -> CellSet:
    """The set with at most n cells: one of each class in turn, in path order."""
    by_class: dict[str, list[LabelledCell]] = defaultdict(list)
    for cell in cells.cells:
        by_class[cell.truth].append(cell)
    turns = sorted(
        (place, cell.path) for members in by_class.values() for place, cell in enumerate(members)
    )
    kept = {path for _, path in turns[:n]}
    return replace(cells, cells=tuple(cell for cell in cells.cells if cell.path in kept))


def see(cells: CellSet, model: OnnxClassifier, progress: Progress) -> SeenCells:
    """What the network gives for every cell that can be read, the set taken for one slide.

    Raises UnreadableInputError where none can be read.
    """
    reference, _ = reference_of_set(cells)
    progress.stage(f"looking at {cells.name}", len(cells.cells))
    parts: list[NetworkOutputs] = []
    truths: list[str] = []
    waiting: list[UInt8Array] = []
    known: set[bytes] = set()
    n_copies = 0

    def look() -> None:
        places = np.zeros(len(waiting))
        parts.append(model.outputs(CropBatch("", places, places, np.stack(waiting)), reference))
        waiting.clear()

    for cell in cells.cells:
        picture = cells.read(cell)
        digest = b"" if picture is None else hashlib.sha256(picture.pixels.tobytes()).digest()
        if digest in known:
            n_copies += 1
        elif picture is not None:
            known.add(digest)
            waiting.append(centred_crop(picture.pixels, cell.um_per_px, model))
            truths.append(cell.truth)
        if len(waiting) == BATCH:
            look()
        progress.advance(1)
    if waiting:
        look()
    if not parts:
        raise UnreadableInputError(
            f"{shown(cells.name)}: none of its {len(cells.cells)} files is a picture that can be "
            "read; give JPEG, PNG, WebP, BMP or TIFF"
        )
    n_unreadable = len(cells.cells) - len(truths) - n_copies
    return SeenCells(_together(parts), tuple(truths), reference, n_unreadable, n_copies)


def _together(parts: Sequence[NetworkOutputs]) -> NetworkOutputs:
    return NetworkOutputs(
        np.concatenate([part.logits for part in parts]),
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.strangeness for part in parts]),
    )
