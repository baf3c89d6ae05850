from pathlib import Path

import pytest

from evaluation.made_sets import write_sets
from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.image_sets import Box, ImageSets
from marrowscope.evaluation.marrow_truth import (
    FULLSIZE_NAME,
    NAME,
    agreement,
    marrow_truth_sets,
    read_second_pass,
    read_truth,
)

TABLE = """path,label,x,y,w,h
segpc-marrow/3.png,nucleated,30,30,60,60
segpc-marrow/3.png,smudged,150,40,60,60
segpc-marrow/2.png,nucleated,30,30,60,60
elsewhere/9.png,nucleated,30,30,60,60
"""


def table(folder: Path, text: str = TABLE) -> Path:
    path = folder / "truth.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_only_fields_of_the_split_that_the_folder_holds_are_scored(tmp_path: Path) -> None:
    sets = ImageSets(write_sets(tmp_path / "sets"))
    truth = read_truth(table(tmp_path))

    (found,) = marrow_truth_sets(sets, "test", truth)

    assert (found.name, found.is_fully_boxed, found.licence) == (NAME, True, "made")
    (field,) = found.fields
    assert (field.path, field.image_set) == ("segpc-marrow/3.png", NAME)
    assert [box.label for box in field.boxes] == ["nucleated", "smudged"]
    assert found.read(field).shape == (300, 300, 3)
    assert marrow_truth_sets(sets, "test", {"elsewhere/9.png": ()}) == ()


def test_the_same_shots_in_full_size_are_a_set_of_their_own(tmp_path: Path) -> None:
    sets = ImageSets(write_sets(tmp_path / "sets"))
    rows = (tmp_path / "sets/fields.csv").read_text()
    row = next(line for line in rows.splitlines() if line.startswith("segpc-marrow/3.png"))
    full = row.replace("segpc-marrow", "segpc-marrow-fullsize")
    (tmp_path / "sets/fields.csv").write_text(rows + full + "\n")

    small, large = marrow_truth_sets(sets, "test", read_truth(table(tmp_path)))

    assert large.name == FULLSIZE_NAME
    assert large.fields[0].path == "segpc-marrow-fullsize/3.png"
    for box, enlarged in zip(small.fields[0].boxes, large.fields[0].boxes, strict=True):
        assert enlarged == Box(
            box.label, *(5 * v for v in (box.x_px, box.y_px, box.w_px, box.h_px))
        )


def test_the_shipped_tables_can_be_read() -> None:
    for boxes in (read_truth(), read_second_pass()):
        assert all(box.w_px > 0 and box.h_px > 0 for found in boxes.values() for box in found)


@pytest.mark.parametrize("text", ["path,label\na,b\n", TABLE + "a,nucleated,1,2,three,4\n"])
def test_a_table_that_makes_no_sense_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match=r"truth\.csv cannot be read"):
        read_truth(table(tmp_path, text))


def test_without_a_second_pass_there_is_no_agreement(tmp_path: Path) -> None:
    assert read_second_pass(tmp_path / "none.csv") == {}
    assert agreement({"a": (Box("nucleated", 0, 0, 10, 10),)}, {}) is None


def test_agreement_by_hand() -> None:
    first = {
        "a": (
            Box("nucleated", 0, 0, 10, 10),
            Box("nucleated", 50, 50, 10, 10),
            Box("smudged", 80, 80, 10, 10),
        ),
        "only here": (Box("nucleated", 0, 0, 10, 10),),
    }
    second = {"a": (Box("nucleated", 0, 0, 10, 5), Box("nucleated", 80, 80, 10, 10))}

    found = agreement(first, second)

    assert found is not None
    assert (found.n_fields, found.n_first, found.n_second) == (1, 3, 2)
    # Two of three and two of two pair, either way: F1 = 4 / 5. The centre of the taller box,
    # (5, 5), lies on the edge of the flatter one. IoU one half and one.
    assert found.f1 == pytest.approx(0.8)
    assert found.mean_iou == pytest.approx(0.75)
    assert found.kind_agreement == pytest.approx(0.5)


def test_what_either_pass_ignores_is_left_out_of_the_agreement() -> None:
    first = {"a": (Box("nucleated", 0, 0, 10, 10), Box("ignore", 40, 40, 40, 40))}
    second = {"a": (Box("nucleated", 0, 0, 10, 10), Box("nucleated", 50, 50, 10, 10))}

    found = agreement(first, second)

    assert found is not None
    assert (found.n_first, found.n_second, found.f1, found.mean_iou) == (1, 1, 1.0, 1.0)
