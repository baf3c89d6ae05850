from pathlib import Path

import pytest

from evaluation.made_sets import write_sets
from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.image_sets import ImageSets


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> ImageSets:
    return ImageSets(write_sets(tmp_path_factory.mktemp("sets")))


def test_rows_and_pictures_come_back(sets: ImageSets) -> None:
    assert len(sets.crops) == 15 * 8
    assert sets.crop_pixels(sets.crops[0]).shape == (120, 120, 3)
    assert {field.image_set for field in sets.fields} == {
        "segpc-marrow",
        "acevedo-blood-fields",
        "txl-blood-fields",
    }


def test_boxes_lie_on_their_field(sets: ImageSets) -> None:
    field = next(field for field in sets.fields if field.image_set == "segpc-marrow")
    assert [box.label for box in field.boxes] == ["PLASMA"] * 4
    assert (field.boxes[0].x_px, field.boxes[0].w_px) == (30, 60)


def test_scale_is_stated_nominal_or_that_of_the_boxed_red_cells(sets: ImageSets) -> None:
    scales = {field.image_set: field.um_per_px for field in sets.fields if field.split == "train"}
    assert scales["acevedo-blood-fields"] == 0.16
    assert scales["segpc-marrow"] == pytest.approx(0.163)
    assert scales["txl-blood-fields"] == pytest.approx(7.2 / 44)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match=r"cells\.csv is missing"):
        _ = ImageSets(tmp_path).crops


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("fields.csv", "um_per_px", "nan"),
        ("fields.csv", "um_per_px", "-0.25"),
        ("fields.csv", "um_per_px", "1e9"),
        ("boxes.csv", "x", "inf"),
        ("boxes.csv", "w", "wide"),
        ("cells.csv", "um_per_px", ""),
    ],
)
def test_numbers_that_cannot_be_are_refused(
    table: str, column: str, value: str, tmp_path: Path
) -> None:
    folder = write_sets(tmp_path / "sets")
    header, first, *rest = (folder / table).read_text().splitlines()
    cells = first.split(",")
    cells[header.split(",").index(column)] = value
    (folder / table).write_text("\n".join([header, ",".join(cells), *rest]) + "\n")
    sets = ImageSets(folder)
    with pytest.raises(UnreadableInputError, match=table):
        _ = sets.crops if table == "cells.csv" else sets.fields


def test_a_folder_in_place_of_a_table_is_refused(tmp_path: Path) -> None:
    folder = write_sets(tmp_path / "sets")
    (folder / "boxes.csv").unlink()
    (folder / "boxes.csv").mkdir()
    with pytest.raises(UnreadableInputError, match=r"boxes\.csv is no table"):
        _ = ImageSets(folder).fields


@pytest.mark.parametrize("table", ["cells.csv", "fields.csv"])
def test_a_picture_with_two_rows_is_refused(table: str, tmp_path: Path) -> None:
    folder = write_sets(tmp_path / "sets")
    lines = (folder / table).read_text().splitlines()
    (folder / table).write_text("\n".join([*lines, lines[1]]) + "\n")
    with pytest.raises(UnreadableInputError, match=rf"is there twice in {table}"):
        _ = (ImageSets(folder).crops, ImageSets(folder).fields)


def test_a_box_without_an_area_is_no_object(tmp_path: Path) -> None:
    folder = write_sets(tmp_path / "sets")
    n_before = sum(len(field.boxes) for field in ImageSets(folder).fields)
    path = (folder / "fields.csv").read_text().splitlines()[1].split(",")[0]
    header = (folder / "boxes.csv").read_text().splitlines()[0].split(",")
    said = {"path": path, "label": "RBC", "x": "5", "y": "5", "w": "0", "h": "9"}
    with (folder / "boxes.csv").open("a") as file:
        file.write(",".join(said.get(name, "") for name in header) + "\n")
    assert sum(len(field.boxes) for field in ImageSets(folder).fields) == n_before
