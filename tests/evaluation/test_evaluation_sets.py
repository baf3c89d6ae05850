from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluation.made_sets import write_sets
from marrowscope.errors import UnknownScaleError, UnreadableInputError
from marrowscope.evaluation.evaluation_sets import (
    scale_from_red_cells,
    set_of_pictures,
    sets_of_data,
)
from marrowscope.evaluation.image_sets import Box, ImageSets

RED_CELLS = tuple(Box(label, 10, 10, 72, 72) for label in ("RBC", "Red Blood Cells", "erythrocyte"))
CELL = Box("nucleated", 20, 20, 40, 40)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "my fields"
    (folder / "sub").mkdir(parents=True)
    for name in ("one.png", "two.png", "sub/three.png"):
        Image.fromarray(np.full((90, 120, 3), 200, dtype=np.uint8)).save(folder / name)
    return folder


def test_sets_of_a_data_folder(tmp_path: Path) -> None:
    sets = sets_of_data(ImageSets(write_sets(tmp_path)), "test")

    assert [one.name for one in sets] == [
        "acevedo-blood-fields",
        "segpc-marrow",
        "txl-blood-fields",
    ]
    assert [one.is_fully_boxed for one in sets] == [True, False, True]
    assert {field.split for one in sets for field in one.fields} == {"test"}
    assert sets[0].read(sets[0].fields[0]).shape == (300, 300, 3)


def test_a_split_without_fields_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="no field of the split other"):
        sets_of_data(ImageSets(write_sets(tmp_path)), "other")


def test_a_table_with_a_word_for_a_number_is_refused(tmp_path: Path) -> None:
    boxes = write_sets(tmp_path) / "boxes.csv"
    boxes.write_text(boxes.read_text().replace(",30,", ",thirty,", 1))

    with pytest.raises(UnreadableInputError, match=r"boxes\.csv .*thirty"):
        _ = ImageSets(tmp_path).fields


def test_a_picture_missing_from_the_archive_is_named(tmp_path: Path) -> None:
    fields = write_sets(tmp_path) / "fields.csv"
    fields.write_text(fields.read_text().replace("segpc-marrow/3.png", "segpc-marrow/4.png"))
    (one,) = [s for s in sets_of_data(ImageSets(tmp_path), "test") if s.name == "segpc-marrow"]

    with pytest.raises(UnreadableInputError, match=r"segpc-marrow/4\.png"):
        one.read(one.fields[0])


def test_a_folder_of_fields_is_one_set_named_after_it(pictures: Path) -> None:
    boxes = {"one.png": (*RED_CELLS, CELL), "sub/three.png": RED_CELLS}

    found = set_of_pictures(pictures, boxes)

    assert (found.name, found.is_fully_boxed, found.licence) == ("my fields", True, "not stated")
    assert [field.path for field in found.fields] == ["one.png", "sub/three.png"]
    assert [field.um_per_px for field in found.fields] == pytest.approx([0.1, 0.1])
    assert (found.n_without_scale, found.n_without_boxes) == (0, 1)
    assert found.read(found.fields[1]).shape == (90, 120, 3)


def test_the_scale_that_was_given_wins(pictures: Path) -> None:
    found = set_of_pictures(pictures, {"one.png": RED_CELLS}, um_per_px=0.25)

    assert found.fields[0].um_per_px == 0.25


def test_the_metadata_are_asked_where_too_few_red_cells_are_boxed(pictures: Path) -> None:
    dots_an_inch = 25_400 / 0.2
    image = Image.fromarray(np.full((90, 120, 3), 200, dtype=np.uint8))
    image.save(pictures / "four.tif", dpi=(dots_an_inch, dots_an_inch))

    found = set_of_pictures(pictures, {"four.tif": (CELL, *RED_CELLS[:2])})

    assert found.fields[0].um_per_px == pytest.approx(0.2, rel=1e-3)


def test_without_any_scale_the_option_is_named(pictures: Path) -> None:
    with pytest.raises(UnknownScaleError, match="--um-per-px"):
        set_of_pictures(pictures, {"one.png": (CELL,)})


def test_fields_without_a_scale_are_counted(pictures: Path) -> None:
    found = set_of_pictures(pictures, {"one.png": RED_CELLS, "two.png": (CELL,)})

    assert [field.path for field in found.fields] == ["one.png"]
    assert found.n_without_scale == 1


def test_labels_without_their_picture_are_refused(pictures: Path) -> None:
    with pytest.raises(UnreadableInputError, match=r"lost\.png: the labels name this picture"):
        set_of_pictures(pictures, {"lost.png": RED_CELLS})
    with pytest.raises(UnreadableInputError, match="the labels name no picture"):
        set_of_pictures(pictures, {})


def test_scale_from_red_cells() -> None:
    sizes = (60, 72, 72, 90)
    assert scale_from_red_cells([Box("RBC", 0, 0, s, s) for s in sizes]) == pytest.approx(0.1)
    assert scale_from_red_cells([*RED_CELLS[:2], CELL]) is None
