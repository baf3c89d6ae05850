import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from marrowscope.analysis import SCHEMA_VERSION
from marrowscope.cell_table import CELL_FIELDS, CellColumns, CellTable, cell_ids, reading_order
from marrowscope.errors import UnreadableInputError
from marrowscope.exchange import read_cells, write_cells
from reports.made_analysis import CLASS_IDS, Made, make_analysis


def columns(**changes: object) -> CellColumns:
    plain = CellColumns(
        slide=["a", "a"],
        source=["a/1.png", "a/2.png"],
        cell_id=["s1-000000", "s1-000001"],
        x_px=np.array([10.004, 20.0]),
        y_px=np.array([1.0, 2.0]),
        w_px=np.array([5.0, 6.0]),
        h_px=np.array([5.0, 6.0]),
        um_per_px=np.array([0.25, 0.25]),
        score=np.array([0.5, 0.9]),
        class_id=["LYMPH", "SEG"],
        probability=np.array([0.7, 0.6], dtype=np.float32),
        probabilities=np.array([[0.7, 0.3], [0.4, 0.6]], dtype=np.float32),
        abstained=np.array([False, True]),
        counted=np.array([True, False]),
        why_not=["", "cut"],
        object_kind=["nucleated", "smudged"],
        nucleus=[(np.array([[8.04, 1.0], [12.0, 1.0], [10.0, 3.0]]),), ()],
        strangeness=np.array([0.2, 1.3], dtype=np.float32),
    )
    return replace(plain, **changes)


def table(**changes: object) -> CellTable:
    return CellTable.from_columns(columns(**changes), ("LYMPH", "SEG"), SCHEMA_VERSION)


def encoded(cells: CellTable) -> bytes:
    file = io.BytesIO()
    write_cells(cells, file)
    return file.getvalue()


def test_columns_are_the_contract_in_its_order() -> None:
    assert table().arrow.column_names == [
        "cell_id", "source", "x_px", "y_px", "w_px", "h_px", "um_per_px", "score", "class_id",
        "probability", "probabilities", "abstained", "counted", "why_not", "slide",
        "object_kind", "nucleus", "strangeness",
    ]  # fmt: skip
    assert table().arrow.schema.field("probabilities").type == pa.list_(pa.float32())


def test_rounding_swallows_the_last_bits() -> None:
    nudged = table(
        x_px=np.array([10.004, 20.0]) + 1e-9,
        y_px=np.array([1.0, 2.0]) - 1e-9,
        probabilities=np.array([[0.7, 0.3], [0.4, 0.6]]) + 1e-8,
    )
    assert encoded(nudged) == encoded(table())
    assert table().numbers("x_px").tolist() == [10.0, 20.0]
    assert encoded(table(x_px=np.array([-0.001, 20.0]))) == encoded(
        table(x_px=np.array([0.0, 20.0]))
    )


def test_parquet_gives_back_what_was_written(tmp_path: Path) -> None:
    cells = make_analysis(Made(n_slides=2)).cells
    path = tmp_path / "cells.parquet"
    path.write_bytes(encoded(cells))
    assert read_cells(path) == cells
    assert read_cells(path).class_ids == CLASS_IDS
    assert pq.read_table(path).num_rows == cells.n_cells
    assert encoded(read_cells(path)) == encoded(cells)


def test_a_table_without_cells_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "cells.parquet"
    path.write_bytes(encoded(make_analysis(Made(n_cells=0)).cells))
    assert read_cells(path).n_cells == 0


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not a table at all"])
def test_a_damaged_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cells.parquet"
    path.write_bytes(content)
    with pytest.raises(UnreadableInputError, match=r"^cells\.parquet is not a readable table"):
        read_cells(path)
    with pytest.raises(UnreadableInputError):
        read_cells(tmp_path / "missing.parquet")


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cells.parquet"
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(UnreadableInputError):
        read_cells(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell_id": ["a", "a"]}, "same id"),
        ({"why_not": ["", "tired"]}, "why_not is 'tired'"),
        ({"why_not": ["", ""]}, "a reason not to be, or neither"),
        ({"x_px": np.array([1.0])}, "x_px has 1 rows"),
        ({"x_px": np.array([np.nan, 1.0])}, "x_px holds a value"),
        ({"probabilities": np.zeros((2, 3), dtype=np.float32)}, "probabilities have shape"),
    ],
)
def test_contradicting_columns_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        table(**changes)


def test_columns_in_another_order_are_refused() -> None:
    arrow = table().arrow
    names = [field.name for field in CELL_FIELDS]
    with pytest.raises(ValueError, match="columns"):
        CellTable(arrow.select(list(reversed(names))))


def test_order_and_ids_hang_on_place_alone() -> None:
    slide = np.array([1, 0, 0, 0])
    source = np.array([2, 1, 0, 0])
    x_px, y_px = np.array([5.0, 5.0, 9.0, 1.0]), np.array([5.0, 5.0, 3.0, 3.001])
    order = reading_order(slide, source, x_px, y_px)
    assert order.tolist() == [3, 2, 1, 0]
    assert cell_ids(slide[order]) == ("s1-000000", "s1-000001", "s1-000002", "s2-000000")


def test_an_analysis_whose_parts_disagree_is_refused() -> None:
    analysis = make_analysis()
    with pytest.raises(ValueError, match=r"classes \+ undecided"):
        replace(analysis, counts=replace(analysis.counts, abstained=analysis.counts.abstained + 1))
    with pytest.raises(ValueError, match="found ="):
        replace(analysis, counts=replace(analysis.counts, found=1))
    with pytest.raises(ValueError, match="removed ="):
        replace(analysis, counts=replace(analysis.counts, removed=99))
    with pytest.raises(ValueError, match="picture of no slide"):
        replace(analysis, slides=())


def test_the_outline_of_a_nucleus_is_kept_to_a_tenth_of_a_pixel() -> None:
    cells = table()
    assert cells.arrow.column("object_kind").to_pylist() == ["nucleated", "smudged"]
    (ring,), none = cells.arrow.column("nucleus").to_pylist()
    assert ring == pytest.approx([8.0, 1.0, 12.0, 1.0, 10.0, 3.0])
    assert none == []
