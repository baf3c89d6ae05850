"""Marrow slides of children with leukaemia (BMDeep, Erlangen and Fraunhofer MEVIS 2025).

Tables of boxes with the columns `cell_id, slide_id, x1, y1, x2, y2, original_consensus_label`,
in level-0 pixels of the slides they were drawn on, and below the same folder the slides, each a
file named after its `slide_id` (`A1B2_bm.mrxs`). Tables of areas and of boxes that nobody named
lie beside them and are not read. No table says which slides are of one child.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats.label_files import number_of, text_of
from marrowscope.evaluation.crop_layouts.folder_walk import files_in, walk
from marrowscope.evaluation.crop_layouts.slide_cells import SlideCell, SlideCells
from marrowscope.evaluation.crop_layouts.splits import SplitOf
from marrowscope.evaluation.labels import label_map
from marrowscope.slides.file_names import shown

SOURCE = "bmdeep"
LICENCE = "CC BY 4.0"
_CORNERS = ("x1", "y1", "x2", "y2")
_LABEL = "original_consensus_label"
_COLUMNS = frozenset({"cell_id", "slide_id", _LABEL, *_CORNERS})
_SLIDE_SUFFIXES = frozenset({".mrxs", ".svs", ".ndpi", ".scn", ".bif", ".tif", ".tiff"})
_HEADER_BYTES = 4096


def recognised(folder: Path, split_of: SplitOf) -> SlideCells | None:
    """The set, where a table of named boxes lies in the folder; else None."""
    tables = [folder / name for name in files_in(folder) if _is_table(folder / name)]
    if not tables:
        return None

    def read_cells(skipped: Counter[str]) -> Sequence[SlideCell]:
        return list(_cells(tables, skipped))

    return SlideCells(SOURCE, LICENCE, read_cells, _slides(folder), split_of)


def _is_table(path: Path) -> bool:
    if path.suffix.lower() != ".csv":
        return False
    try:
        with path.open("rb") as stream:
            first_line = stream.read(_HEADER_BYTES).split(b"\n")[0]
    except OSError as error:
        raise UnreadableInputError(
            f"{shown(path.name)}: cannot be read; check its permissions"
        ) from error
    header = first_line.decode("utf-8-sig", errors="replace").strip().split(",")
    return {column.strip(' "') for column in header} >= _COLUMNS


def _slides(folder: Path) -> Mapping[str, Path]:
    """Slide files below the folder by their names without extension."""
    return {
        PurePath(name).stem: folder.joinpath(*folders, name)
        for folders, name in walk(folder, Counter())
        if PurePath(name).suffix.lower() in _SLIDE_SUFFIXES
    }


def _cells(tables: Sequence[Path], skipped: Counter[str]) -> Iterator[SlideCell]:
    labels = label_map(SOURCE)
    seen: set[str] = set()
    for path in tables:
        name = shown(path.name)
        reader = csv.DictReader(io.StringIO(text_of(path, name), newline=""), strict=True)
        try:
            for row in reader:
                where = f"{name}, line {reader.line_num}"
                cell = _cell({key.strip(): value or "" for key, value in row.items() if key}, where)
                if cell.cell in seen:
                    raise UnreadableInputError(
                        f"{where}: cell {shown(cell.cell)} is there twice; leave one table out"
                    )
                seen.add(cell.cell)
                if labels.knows(cell.label):
                    yield cell
                else:
                    skipped[f"label {shown(cell.label)}: not one that is known"] += 1
        except csv.Error as error:
            raise UnreadableInputError(
                f"{name}, line {reader.line_num}: is a damaged table; copy it again"
            ) from error


def _cell(row: Mapping[str, str], where: str) -> SlideCell:
    x1, y1, x2, y2 = (number_of(row.get(key, ""), key, where) for key in _CORNERS)
    if x2 <= x1 or y2 <= y1:
        raise UnreadableInputError(f"{where}: the box has no size; correct x1, y1, x2, y2")
    slide, cell = row.get("slide_id", "").strip(), row.get("cell_id", "").strip()
    label = row.get(_LABEL, "").strip()
    return SlideCell(slide, cell, slide, label, (x1 + x2) / 2, (y1 + y2) / 2)
