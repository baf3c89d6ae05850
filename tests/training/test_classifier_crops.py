"""Which crops the classifier learns from, what they teach, and how they are changed."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from evaluation.made_sets import write_sets

pytest.importorskip("torch", reason="needs torch (pip install 'marrowscope[train]')")

from marrowscope.errors import UnreadableInputError
from marrowscope.training.cell_cutouts import (
    cut_out,
    ground_of,
    optical_density,
    rgb_of_density,
)
from marrowscope.training.classifier_augmentation import Augmentation, Variation
from marrowscope.training.classifier_crops import (
    HANDFUL,
    CropSet,
    _own_classes,
    load_crops,
    selected,
)

GLASS, CYTOPLASM, NUCLEUS, RED = (235, 235, 235), (190, 190, 225), (80, 40, 140), (215, 180, 190)


def drawn_crop() -> np.ndarray:
    """A cell of 20 px radius among red cells, on 104 px."""
    pixels = np.full((104, 104, 3), GLASS, dtype=np.uint8)
    for x, y in [(10, 15), (95, 20), (12, 90), (90, 92)]:
        cv2.circle(pixels, (x, y), 12, RED, -1)
    cv2.circle(pixels, (52, 52), 20, CYTOPLASM, -1)
    cv2.circle(pixels, (50, 53), 13, NUCLEUS, -1)
    return pixels


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> CropSet:
    return load_crops(write_sets(tmp_path_factory.mktemp("sets")), "train", None)


def test_density_and_back() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    back = rgb_of_density(optical_density(pixels)).astype(int)
    assert np.abs(back - pixels).max() <= 1


def test_the_cell_is_cut_out_and_red_cells_are_not() -> None:
    cell = cut_out(drawn_crop()).cell
    drawn = np.zeros((104, 104), dtype=np.uint8)
    cv2.circle(drawn, (52, 52), 20, 1, -1)
    overlap = (cell & (drawn > 0)).sum() / (cell | (drawn > 0)).sum()
    assert overlap > 0.85
    assert not cell[:25, :25].any()


def test_the_ground_has_lost_the_cell_and_kept_the_red_cells() -> None:
    pixels = drawn_crop()
    ground = ground_of(pixels, cut_out(pixels).cell)
    assert ground[52, 52].min() > 200
    assert np.abs(ground[15, 10].astype(int) - RED).max() < 8


def test_an_empty_crop_has_a_cell_in_its_middle_all_the_same() -> None:
    cell = cut_out(np.full((104, 104, 3), 235, dtype=np.uint8)).cell
    assert cell[52, 52]
    assert not cell[0, 0]


def test_without_fields_every_label_with_enough_crops_is_a_class(crops: CropSet) -> None:
    assert "PLASMA" not in crops.class_ids
    assert {"BLAST_NOS", "PROMY", "MYELO", "PLT", "UNCLASS"} <= set(crops.class_ids)
    assert crops.pixels.shape[1:] == (104, 104, 3)
    assert crops.allowed.sum(axis=1).tolist() == [1] * len(crops.allowed)
    assert crops.weight.sum() == pytest.approx(1.0)


def test_too_few_crops_make_no_class(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="nothing of the split train"):
        load_crops(write_sets(tmp_path), "train", None, fewest_of_a_class=1000)


def test_a_handful_does_not_teach_that_there_are_no_others() -> None:
    allowed = np.zeros((2 * HANDFUL + 3, 4), dtype=bool)
    allowed[:HANDFUL, 0] = True
    allowed[HANDFUL : 2 * HANDFUL, 1] = True
    allowed[2 * HANDFUL :, 2] = True
    own = _own_classes(allowed, ["a"] * len(allowed))
    assert own[0].tolist() == [True, True, False, False]
    assert own[-1].tolist() == [True, True, True, False]


def test_a_set_that_tells_no_two_classes_apart_is_compared_with_all() -> None:
    allowed = np.zeros((HANDFUL + 3, 3), dtype=bool)
    allowed[:HANDFUL, 0] = True
    allowed[HANDFUL:, 1] = True
    assert _own_classes(allowed, ["a"] * len(allowed)).all()


def test_leaving_out_a_group_or_a_set(crops: CropSet) -> None:
    rest = selected(crops, without_groups={"mll-marrow SEG"})
    assert "mll-marrow SEG" not in rest.groups
    assert "acevedo-blood SEG" in rest.groups
    blood = selected(crops, without_sets={"mll-marrow"})
    assert set(blood.sets) == {"acevedo-blood"}
    assert set(blood.grounds) == {"acevedo-blood"}
    assert blood.weight.sum() == pytest.approx(1.0)
    with pytest.raises(UnreadableInputError, match="nothing is left"):
        selected(crops, without_sets=set(crops.sets))


def test_a_changed_crop_hangs_on_its_random_numbers_alone(crops: CropSet) -> None:
    change = Augmentation(crops, Variation(restained=1.0, moved=1.0, coarse=1.0))
    one, again = (change(3, np.random.default_rng(7)) for _ in range(2))
    assert one.shape == (96, 96, 3)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, change(3, np.random.default_rng(8)))


def test_a_moved_cell_stands_on_the_ground_of_another_set(crops: CropSet) -> None:
    blue = np.full((1, 104, 104, 3), (40, 60, 250), dtype=np.uint8)
    on_blue = replace(crops, grounds=dict.fromkeys(crops.grounds, blue))
    moved = Augmentation(on_blue, Variation(restained=0.0, moved=1.0, coarse=0.0))
    left = Augmentation(on_blue, Variation(restained=0.0, moved=0.0, coarse=0.0))

    def blueness(change: Augmentation) -> float:
        corners = [change(0, np.random.default_rng(seed))[:6, :6] for seed in range(8)]
        return float(np.mean([c[..., 2].astype(int) - c[..., 0] for c in corners]))

    assert blueness(moved) > blueness(left) + 60
