"""Pictures without a single cell, made from pictures with one."""

import numpy as np
import pytest

from evaluation.made_sets import write_sets

pytest.importorskip("torch", reason="needs torch (pip install 'marrowscope[train]')")

from marrowscope.training.classifier_crops import CropSet, load_crops
from marrowscope.training.not_cells import not_cells


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> CropSet:
    return load_crops(write_sets(tmp_path_factory.mktemp("sets")), "train", None)


def test_there_are_as_many_of_each_kind_and_the_same_each_time(crops: CropSet) -> None:
    made = not_cells(crops, 3)
    assert made.shape == (18, 104, 104, 3)
    assert made.dtype == np.uint8
    assert np.array_equal(made, not_cells(crops, 3))


def test_none_is_a_crop_and_the_grounds_are_those_of_the_sets(crops: CropSet) -> None:
    made = not_cells(crops, 3)
    known = {one.tobytes() for one in crops.pixels}
    assert not any(one.tobytes() in known for one in made)
    grounds = {one.tobytes() for many in crops.grounds.values() for one in many}
    assert all(one.tobytes() in grounds for one in made[9:12])
