"""The shipped marrow truth, held against the fields it names."""

from pathlib import Path

import pytest

from marrowscope.evaluation.box_labels import kind_of
from marrowscope.evaluation.field_truth import CELL_KINDS
from marrowscope.evaluation.image_sets import Box, ImageSets
from marrowscope.evaluation.marrow_truth import agreement, read_second_pass, read_truth


@pytest.fixture(scope="module")
def sets(shared_data: Path) -> ImageSets:
    return ImageSets(shared_data)


def holds_centre(box: Box, of: Box) -> bool:
    x, y = of.x_px + of.w_px / 2, of.y_px + of.h_px / 2
    return box.x_px <= x <= box.x_px + box.w_px and box.y_px <= y <= box.y_px + box.h_px


def test_every_marrow_field_of_the_test_split_is_boxed_and_ten_of_val(sets: ImageSets) -> None:
    truth = read_truth()
    marrow = [field for field in sets.fields if field.image_set == "segpc-marrow"]
    assert {f.path for f in marrow if f.split == "test"} <= set(truth)
    assert len({f.path for f in marrow if f.split == "val"} & set(truth)) == 10
    assert set(truth) <= {field.path for field in marrow}
    assert set(read_second_pass()) <= {f.path for f in marrow if f.split == "test"}


def test_boxes_lie_on_their_fields(sets: ImageSets) -> None:
    truth = read_truth()
    for field in sets.fields:
        if field.path not in truth:
            continue
        height, width = sets.field_pixels(field).shape[:2]
        for box in truth[field.path]:
            assert box.w_px > 0
            assert box.h_px > 0
            assert 0 <= box.x_px <= box.x_px + box.w_px <= width + 0.1
            assert 0 <= box.y_px <= box.y_px + box.h_px <= height + 0.1


def test_nearly_every_plasma_cell_of_the_source_is_a_cell_of_the_truth(sets: ImageSets) -> None:
    truth = read_truth()
    n_plasma = n_held = 0
    for field in sets.fields:
        cells = [box for box in truth.get(field.path, ()) if kind_of(box.label) in CELL_KINDS]
        if not cells:
            continue
        for plasma in field.boxes:
            n_plasma += 1
            n_held += any(holds_centre(box, plasma) for box in cells)
    assert n_plasma > 300
    assert n_held / n_plasma > 0.99


def test_the_two_passes_agree_about_where_cells_are() -> None:
    found = agreement(read_truth(), read_second_pass())
    assert found is not None
    assert found.n_fields == 6
    assert found.f1 is not None
    assert found.f1 > 0.95
