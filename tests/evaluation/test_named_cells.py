"""Cells named by eye: what two readers leave of a name, and how such cells are scored."""

from pathlib import Path

import pytest

from evaluation.made_sets import write_sets
from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.image_sets import ImageSets
from marrowscope.evaluation.named_cell_sets import named_cell_sets
from marrowscope.evaluation.named_cells import (
    NO_NAME,
    NameAgreement,
    agreement,
    named_cells,
    read_named_cells,
)
from marrowscope.vocabulary import counts_in_differential

TABLE = """path,x,y,w,h,first,second
segpc-marrow/3.png,30,30,60,60,ERY_NOS,ERY_NOS
segpc-marrow/3.png,150,40,60,60,MYELO|META,META
segpc-marrow/3.png,60,170,60,60,BAND|SEG,SEG|BAND
segpc-marrow/3.png,190,180,60,60,LYMPH|SMUDGE,LYMPH|SMUDGE
segpc-marrow/2.png,30,30,60,60,LYMPH,ERY_NOS
elsewhere/9.png,30,30,60,60,SEG,SEG
"""


def table(folder: Path, text: str = TABLE) -> Path:
    path = folder / "named.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_name_is_what_both_readers_thought_possible(tmp_path: Path) -> None:
    cells = read_named_cells(table(tmp_path))["segpc-marrow/3.png"]
    assert [cell.class_ids for cell in cells] == [("ERY_NOS",), ("META",), ("BAND", "SEG"), ()]
    (other,) = read_named_cells(table(tmp_path))["segpc-marrow/2.png"]
    assert other.class_ids == ()


def test_agreement_counts_cells_with_one_name_from_each(tmp_path: Path) -> None:
    cells = [cell for found in read_named_cells(table(tmp_path)).values() for cell in found]
    assert agreement(cells) == NameAgreement(n=3, same=2, same_roll_up=2)


@pytest.mark.parametrize(
    "text",
    [
        TABLE.replace(",second", ",other"),
        TABLE.replace("ERY_NOS", "erythroblast"),
        TABLE.replace("150", "far"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableInputError, match=r"named\.csv cannot be read"):
        read_named_cells(table(tmp_path, text))


def test_cells_with_one_name_are_scored_around_their_middle(tmp_path: Path) -> None:
    sets = ImageSets(write_sets(tmp_path / "sets"))
    (found,) = named_cell_sets(sets, "test", read_named_cells(table(tmp_path)))
    assert found.name == "segpc-marrow-named"
    assert found.licence == "made"
    assert [cell.truth for cell in found.cells] == ["ERY_NOS", "META"]
    assert found.skipped == {"not agreed upon": 2}
    picture = found.read(found.cells[0])
    assert picture is not None
    side = picture.pixels.shape[0]
    assert side * found.cells[0].um_per_px == pytest.approx(28, abs=0.5)
    field = sets.field_pixels(next(f for f in sets.fields if f.path == "segpc-marrow/3.png"))
    assert (picture.pixels[side // 2, side // 2] == field[60, 60]).all()


def test_the_shipped_table_names_cells_inside_its_fields() -> None:
    cells = [cell for found in named_cells().values() for cell in found]
    assert len(cells) > 3000
    sets = {path.partition("/")[0] for path in named_cells()}
    assert sets == {"segpc-marrow", "txl-blood-fields"}
    for cell in cells:
        assert cell.box.w_px > 0
        assert cell.box.h_px > 0
        assert all(counts_in_differential(one) for one in cell.class_ids)
        assert not NO_NAME.intersection(cell.class_ids)
