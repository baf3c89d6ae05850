"""A slide is its own reference whoever is on it: a leukaemia is not read as something else."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from marrowscope.cells import CropBatch, OnnxClassifier, SlideReference, shipped_model
from marrowscope.cells.reference import MIN_BACKGROUND_PX, N_CROPS, reference_of_crops
from marrowscope.evaluation.classifier_naming import centred_crop
from marrowscope.evaluation.classifier_sets import cell_sets_of_data
from marrowscope.geometry import UInt8Array

FEWEST = 100
SHARE = 0.85
UM_PER_PX = 0.10


@pytest.fixture(scope="module")
def pictures(shared_data: Path) -> dict[str, list[UInt8Array]]:
    """Marrow cells of the test split, by class."""
    marrow = next(one for one in cell_sets_of_data(shared_data, "test") if one.name == "mll-marrow")
    found: dict[str, list[UInt8Array]] = defaultdict(list)
    for cell in marrow.cells:
        picture = marrow.read(cell)
        if picture is not None:
            found[cell.truth].append(picture.pixels)
    return {name: many for name, many in found.items() if len(many) >= FEWEST}


def in_turn(classes: Iterable[list[UInt8Array]]) -> list[UInt8Array]:
    """One of each class in turn, until one runs out."""
    return [one for turn in zip(*classes, strict=False) for one in turn]


def recall(name: str, cells: list[UInt8Array], reference: SlideReference) -> float:
    classifier = OnnxClassifier(shipped_model("classifier"))
    crops = np.stack([centred_crop(one, UM_PER_PX, classifier) for one in cells])
    batch = CropBatch("", np.zeros(len(crops)), np.zeros(len(crops)), crops)
    best = classifier.classify(batch, reference).probabilities.argmax(axis=1)
    return float((np.array(classifier.class_ids)[best] == name).mean())


@pytest.mark.parametrize("name", ["BLAST_NOS", "LYMPH", "PROMY", "MONO"])
def test_a_class_that_fills_the_slide_is_known_as_well_as_on_a_mixed_one(
    name: str, pictures: dict[str, list[UInt8Array]]
) -> None:
    cells = pictures[name][: round(SHARE * N_CROPS)]
    others = in_turn(many for one, many in pictures.items() if one != name)
    filled = [*others[: round(len(cells) * (1 - SHARE) / SHARE)], *cells]
    on_mixed = reference_of_crops(in_turn(pictures.values())[: len(filled)], UM_PER_PX)
    on_filled = reference_of_crops(filled, UM_PER_PX)
    assert min(on_mixed.n_pixels, on_filled.n_pixels) > MIN_BACKGROUND_PX
    fell = recall(name, cells, on_mixed) - recall(name, cells, on_filled)
    assert fell <= 0.02
