"""Reviewed cells of cases as a folder a class: what the laboratory's own readers can teach."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from marrowscope.assembly_web import HomeParts
from marrowscope.cases.reviewed_cells import reviewed_cells
from marrowscope.cases.state import AnalysisState, CaseState
from marrowscope.errors import UsageError
from marrowscope.exchange.class_folders import NamedCrop, write_class_folders
from marrowscope.progress import Progress
from marrowscope.slides.deep_zoom import read_square
from marrowscope.store.opened_slides import opened_slides

SIDE_UM: Final = 40.0
"""Of every picture: the cell and what is around it, as trainings want to shift and turn it."""
_SHORT: Final = 8
"""Digits of a case's id that files are named after: no accession number leaves with them."""


@dataclass(frozen=True, slots=True)
class ExportedCells:
    """n_by_class: pictures written. n_by_scanner: by (scanner, stain) as the cases state it."""

    n_cases: int
    n_by_class: Mapping[str, int]
    n_by_scanner: Mapping[tuple[str, str], int]


def export_reviewed_cells(
    parts: HomeParts, case_ids: Sequence[UUID], out: Path, um_per_px: float, progress: Progress
) -> ExportedCells:
    """Writes the cells that people saw in the newest results of cases; none where none was seen.

    um_per_px: to which every picture is resampled. Raises UsageError where a case is not there or
    has no result or nobody reviewed anything; InputRefusedError where a slide is gone; OutputError.
    """
    cases = [_with_result(parts, case_id) for case_id in dict.fromkeys(case_ids)]
    reviews = [parts.cases.reviews.review(case.case_id, one.analysis_id) for case, one in cases]
    if not any(review.seen for review in reviews):
        raise UsageError("nobody has reviewed a cell of these cases yet; nothing was written")
    details = {"cases": [str(case.case_id) for case, _ in cases]}
    parts.audit.append("cells_exported", by=None, about="cases", details=details)
    seen_with: Counter[tuple[str, str]] = Counter()
    crops = _crops(parts, cases, um_per_px, seen_with, progress)
    written = write_class_folders(out, crops, um_per_px)
    return ExportedCells(len(cases), written, dict(seen_with))


def _with_result(parts: HomeParts, case_id: UUID) -> tuple[CaseState, AnalysisState]:
    case = parts.cases.records.case(case_id)
    if case is None or case.is_deleted:
        raise UsageError(f"there is no case {case_id}; 'marrowscope case list' lists them")
    result = case.newest_result
    if result is None:
        raise UsageError(f"case {case_id} has no finished analysis yet, so no reviewed cells")
    return case, result


def _crops(
    parts: HomeParts,
    cases: Sequence[tuple[CaseState, AnalysisState]],
    um_per_px: float,
    seen_with: Counter[tuple[str, str]],
    progress: Progress,
) -> Iterator[NamedCrop]:
    out_px = round(SIDE_UM / um_per_px)
    progress.stage("cutting out cells", len(cases))
    with opened_slides(parts.cases.files) as opened:
        for case, result in cases:
            place = (case.case_id, result.analysis_id)
            wanted = reviewed_cells(
                parts.cases.results.cells(*place), parts.cases.reviews.review(*place)
            )
            with opened.in_use(case, result.analysis_id) as pictures:
                read = {(one.slide, one.picture.name): one for one in pictures}
                for cell in wanted:
                    one = read[cell.slide, cell.source]
                    slide = case.slide(one.slide_id)
                    scale = _scale(parts, place, cell.slide)
                    pixels = read_square(one.picture, cell.x_px, cell.y_px, SIDE_UM / scale, out_px)
                    if slide is not None:
                        seen_with[slide.scanner, slide.stain] += 1
                    yield cell.class_id, f"{case.case_id.hex[:_SHORT]}-{cell.cell_id}", pixels
            progress.advance(1)


def _scale(parts: HomeParts, place: tuple[UUID, UUID], slide: str) -> float:
    """µm a level-0 pixel of a slide, as its analysis took it."""
    header = parts.cases.results.header(*place)
    return next(
        float(one["scale"]["um_per_px"]) for one in header["slides"] if one["name"] == slide
    )
