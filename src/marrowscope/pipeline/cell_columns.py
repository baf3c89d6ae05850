"""From the cells that were found to one row a cell: class, abstention, place in the count."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from marrowscope.analysis import SCHEMA_VERSION
from marrowscope.cell_table import CellColumns, CellTable, cell_ids, reading_order
from marrowscope.cells import (
    OBJECT_KINDS,
    Classifier,
    NamedCells,
    Proposals,
    concatenated,
    name_cells,
)
from marrowscope.differential import CountChoice, choose_count, finish_count
from marrowscope.geometry import BoolArray, DoubleArray, FloatArray, IntArray, ObjectArray
from marrowscope.pipeline.reading import CaseReading, PictureCells, Place, found_cells

NO_REGION = -1


@dataclass(frozen=True, slots=True)
class CaseCells:
    """All cells of a case in reading order, and which of them are the count.

    slide: (n,) index in the case. in_count: (n,) chosen before any class was known.
    rank: (n,) place of its region in sampling order, -1 for none. taken: the regions whose cells
    are the count, in sampling order.
    """

    table: CellTable
    slide: IntArray
    class_id: npt.NDArray[np.str_]
    abstained: BoolArray
    in_count: BoolArray
    rank: IntArray
    taken: tuple[Place, ...]


def sharp_order(reading: CaseReading) -> list[Place]:
    """Read regions in sampling order, without those that proved out of focus."""
    return [
        place
        for place in reading.order
        if place in reading.read and not reading.read[place].is_blurred
    ]


@dataclass(frozen=True, slots=True)
class _Columns:
    slide: IntArray
    picture: IntArray
    x_px: DoubleArray
    y_px: DoubleArray
    w_px: DoubleArray
    h_px: DoubleArray
    score: DoubleArray
    kind: IntArray
    nucleus: ObjectArray
    probabilities: FloatArray
    strangeness: FloatArray
    rank: IntArray
    is_whole: BoolArray


def _together(parts: list[PictureCells], order: list[Place], n_classes: int) -> _Columns:
    ranks = {place: rank for rank, place in enumerate(order)}
    n = [len(part.found.score) for part in parts]
    slide = np.repeat(np.array([part.slide for part in parts], dtype=np.int64), n)
    picture = np.repeat(np.array([part.picture for part in parts], dtype=np.int64), n)
    region = np.concatenate([part.region for part in parts] or [np.zeros(0, dtype=np.int64)])
    places = zip(slide.tolist(), region.astype(int).tolist(), strict=True)
    rank = np.array([ranks.get(place, NO_REGION) for place in places], dtype=np.int64)

    found = concatenated([part.found for part in parts])
    nothing = Proposals.of_familiar(np.zeros((0, n_classes), dtype=np.float32))
    proposals = Proposals.together([nothing, *(part.proposals for part in parts)])
    columns = _Columns(
        slide,
        picture,
        found.x_px,
        found.y_px,
        found.w_px,
        found.h_px,
        found.score,
        found.kind,
        found.nucleus,
        proposals.probabilities,
        proposals.strangeness,
        rank,
        np.concatenate([part.is_whole for part in parts] or [np.zeros(0, dtype=np.bool_)]),
    )
    sorted_by_place = reading_order(slide, picture, columns.x_px, columns.y_px)
    return _Columns(
        *(getattr(columns, name)[sorted_by_place] for name in _Columns.__dataclass_fields__)
    )


def case_cells(reading: CaseReading, classifier: Classifier, n_to_count: int | None) -> CaseCells:
    """Names every cell that was found and says which of them are counted."""
    order = sharp_order(reading)
    known = np.array(classifier.class_ids)
    cells = _together(found_cells(reading), order, len(known))
    # Which cells belong to the count is settled here, before a class is looked at.
    choice = choose_count(cells.rank, cells.is_whole, list(range(len(order))), n_to_count)
    named = name_cells(Proposals(cells.probabilities, cells.strangeness), classifier)
    table = _table(reading, cells, choice, known, named)
    return CaseCells(
        table=table,
        slide=cells.slide,
        class_id=named.class_id,
        abstained=named.abstained,
        in_count=choice.in_count,
        rank=cells.rank,
        taken=tuple(order[rank] for rank in choice.regions_taken),
    )


def _table(
    reading: CaseReading,
    cells: _Columns,
    choice: CountChoice,
    known: npt.NDArray[np.str_],
    named: NamedCells,
) -> CellTable:
    finished = finish_count(choice, named.class_id.tolist(), named.abstained)
    slides = reading.slides
    scale = np.array([slide.scale.um_per_px for slide in slides])
    places = list(zip(cells.slide.tolist(), cells.picture.tolist(), strict=True))
    columns = CellColumns(
        slide=[slides[i].name for i in cells.slide.tolist()],
        source=[slides[i].pictures[k].name for i, k in places],
        cell_id=cell_ids(cells.slide),
        x_px=cells.x_px,
        y_px=cells.y_px,
        w_px=cells.w_px,
        h_px=cells.h_px,
        um_per_px=scale[cells.slide],
        score=cells.score,
        class_id=named.class_id.tolist(),
        probability=named.probability,
        probabilities=cells.probabilities,
        strangeness=cells.strangeness,
        abstained=named.abstained,
        counted=finished.counted,
        why_not=finished.why_not.tolist(),
        object_kind=[OBJECT_KINDS[kind].value for kind in cells.kind.tolist()],
        nucleus=cells.nucleus.tolist(),
    )
    return CellTable.from_columns(columns, known.tolist(), SCHEMA_VERSION)
