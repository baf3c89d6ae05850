"""Reads a case: surveys every slide, then reads regions until the count is full."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np

from marrowscope.cells import (
    Proposals,
    RegionCells,
    SlideReference,
    classified,
    concatenated,
    name_cells,
    seen_once,
)
from marrowscope.cells.model import Detections
from marrowscope.cells.reference import slide_reference
from marrowscope.errors import InputRefusedError, NotASmearError, ResourceError
from marrowscope.geometry import BoolArray, IntArray
from marrowscope.pipeline.early_triage import EarlyTriage
from marrowscope.pipeline.first_look import FirstLook, early_cells
from marrowscope.pipeline.models import AnalysisSettings, Models, finding_settings
from marrowscope.progress import Progress
from marrowscope.regions import (
    SurveyedSquare,
    Verdict,
    interleaved,
    is_blurred,
    sampling_order,
    survey_picture,
)
from marrowscope.slides.model import Slide, SlideKind

ROUND = 16
"""Regions read at least before asking again whether the count is full."""
CUT_UM = 0.5
"""A cell whose box comes this close to the edge of its picture is cut."""
COARSEST_UM_PER_PX = 1.2
"""About 10x; a nucleus is 6 px across there, and its class is anybody's guess."""
READ_AHEAD = 4
"""Regions in work a thread, so that memory stays bounded on a slide of any size."""

Place = tuple[int, int]
"""A slide's index in the case, and a region's index in that slide's survey."""
In = TypeVar("In")
Out = TypeVar("Out")


@dataclass(frozen=True, slots=True)
class ReadRegion:
    """What was seen in one region at high power."""

    found: Detections
    proposals: Proposals
    is_blurred: bool


@dataclass(frozen=True, slots=True)
class CaseReading:
    """Everything that was seen: low power of all, high power of the regions in `read`.

    order: every countable region in sampling order, those in it that proved out of focus
    included. references: one a slide.
    """

    slides: tuple[Slide, ...]
    surveys: tuple[tuple[SurveyedSquare, ...], ...]
    order: tuple[Place, ...]
    references: tuple[SlideReference, ...]
    read: dict[Place, ReadRegion]


@dataclass(frozen=True, slots=True)
class PictureCells:
    """Cells of one picture, each once; region: (n,) index in the slide's survey."""

    slide: int
    picture: int
    found: Detections
    proposals: Proposals
    region: IntArray
    is_whole: BoolArray


def in_order(
    pool: ThreadPoolExecutor, work: Callable[[In], Out], items: Iterable[In], ahead: int
) -> Iterator[Out]:
    """Results of `work` in the order of `items`, at most `ahead` of them in work at a time."""
    waiting = iter(items)
    running = [pool.submit(work, item) for item in islice(waiting, ahead)]
    while running:
        yield running.pop(0).result()
        running += [pool.submit(work, item) for item in islice(waiting, 1)]


def survey_case(
    slides: Sequence[Slide],
    region_um: float,
    pool: ThreadPoolExecutor,
    n_threads: int,
    progress: Progress,
    first: FirstLook,
) -> tuple[tuple[SurveyedSquare, ...], ...]:
    """The survey of every slide: all its regions, picture by picture. first: told of each."""
    jobs = [
        (i, picture) for i, slide in enumerate(slides) for picture in range(len(slide.pictures))
    ]
    progress.stage("looking at low power", len(jobs))
    surveys: list[list[SurveyedSquare]] = [[] for _ in slides]

    def survey(job: tuple[int, int]) -> list[SurveyedSquare]:
        squares = []
        for one in survey_picture(slides[job[0]], job[1], region_um):
            squares.append(one)
            first.see(job[0], one)
        return squares

    for (slide, _), squares in zip(jobs, in_order(pool, survey, jobs, n_threads * 2), strict=True):
        surveys[slide] += squares
        progress.advance(1)
    return tuple(tuple(survey) for survey in surveys)


def refuse_too_coarse(slides: Sequence[Slide]) -> None:
    """Raises InputRefusedError for a slide on which no cell could be told from another."""
    for slide in slides:
        if slide.scale.um_per_px > COARSEST_UM_PER_PX:
            raise InputRefusedError(
                f"{slide.name}: {slide.scale.um_per_px:.4g} µm/px is too coarse to tell cells "
                f"apart (at most {COARSEST_UM_PER_PX:g}); scan at 20x or more, or correct the scale"
            )


def refuse_unless_smear(
    slides: Sequence[Slide], surveys: Sequence[Sequence[SurveyedSquare]]
) -> None:
    """Raises NotASmearError for a slide with nothing on it, or nothing stained like a smear."""
    for slide, survey in zip(slides, surveys, strict=True):
        verdicts = [one.verdict for one in survey]
        n_covered = sum(verdict is not Verdict.BACKGROUND for verdict in verdicts)
        if not n_covered:
            raise NotASmearError(
                f"{slide.name}: nothing but empty glass; was the right slide scanned?"
            )
        if verdicts.count(Verdict.STRANGE) > n_covered / 2:
            raise NotASmearError(
                f"{slide.name}: its colours are not those of a Romanowsky-stained smear; "
                "give a May-Grünwald-Giemsa, Wright or Giemsa smear"
            )


def _first_areas(
    slide: Slide, survey: Sequence[SurveyedSquare], order: Sequence[int]
) -> SlideReference:
    areas = [(slide.pictures[survey[i].square.picture], survey[i].square.box) for i in order]
    return slide_reference(areas, slide.scale.um_per_px)


def found_cells(reading: CaseReading) -> list[PictureCells]:
    """The cells of every picture that was read, one row a cell, in the order of the pictures."""
    by_picture: dict[tuple[int, int], list[ReadRegion]] = {}
    for place in sorted(reading.read):
        picture = reading.surveys[place[0]][place[1]].square.picture
        by_picture.setdefault((place[0], picture), []).append(reading.read[place])
    return [
        _merged(reading, slide, picture, parts) for (slide, picture), parts in by_picture.items()
    ]


def _merged(
    reading: CaseReading, slide: int, picture: int, parts: Sequence[ReadRegion]
) -> PictureCells:
    um_per_px = reading.slides[slide].scale.um_per_px
    together = concatenated([part.found for part in parts])
    keep = seen_once(together)
    found = together.at(keep)
    source = reading.slides[slide].pictures[picture]
    edge_px = CUT_UM / um_per_px
    whole = (
        (found.x_px - found.w_px / 2 > edge_px)
        & (found.y_px - found.h_px / 2 > edge_px)
        & (found.x_px + found.w_px / 2 < source.width_px - edge_px)
        & (found.y_px + found.h_px / 2 < source.height_px - edge_px)
    )
    return PictureCells(
        slide=slide,
        picture=picture,
        found=found,
        proposals=Proposals.together([part.proposals for part in parts]).at(keep),
        region=_region_of(found, reading.surveys[slide], picture),
        is_whole=np.asarray(whole, dtype=np.bool_),
    )


def _region_of(found: Detections, survey: Sequence[SurveyedSquare], picture: int) -> IntArray:
    first = next(i for i, one in enumerate(survey) if one.square.picture == picture)
    box = survey[first].square.box
    grid = [one.square for one in survey[first:] if one.square.picture == picture]
    columns, rows = grid[-1].column + 1, grid[-1].row + 1
    column = np.clip((found.x_px // box.w_px).astype(np.int64), 0, columns - 1)
    row = np.clip((found.y_px // box.h_px).astype(np.int64), 0, rows - 1)
    return np.asarray(first + row * columns + column, dtype=np.int64)


def n_whole_in_order(reading: CaseReading) -> int:
    """Whole cells in the read, sharp regions that come before the first unread one."""
    counts: dict[Place, int] = {}
    for cells in found_cells(reading):
        for region in cells.region[cells.is_whole].tolist():
            place = (cells.slide, int(region))
            counts[place] = counts.get(place, 0) + 1
    total = 0
    for place in reading.order:
        if place not in reading.read:
            break
        if not reading.read[place].is_blurred:
            total += counts.get(place, 0)
    return total


def read_case(
    slides: Sequence[Slide],
    models: Models,
    settings: AnalysisSettings,
    n_threads: int,
    progress: Progress,
) -> CaseReading:
    """Surveys the case and reads it: camera fields whole, whole slides until the count is full.

    The same regions are read whatever the number of threads. Raises NotASmearError.
    """
    with ThreadPoolExecutor(n_threads) as pool:
        try:
            return _read_case(slides, models, settings, pool, n_threads, progress)
        except RuntimeError as problem:
            pool.shutdown(cancel_futures=True)
            if "can't start new thread" in str(problem):
                raise ResourceError("no more threads can be started; try --threads 1") from problem
            raise
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _read_case(
    slides: Sequence[Slide],
    models: Models,
    settings: AnalysisSettings,
    pool: ThreadPoolExecutor,
    n_threads: int,
    progress: Progress,
) -> CaseReading:
    refuse_too_coarse(slides)
    first = FirstLook(slides, models, progress)
    surveys = survey_case(slides, settings.region_um, pool, n_threads, progress, first)
    refuse_unless_smear(slides, surveys)
    orders = [sampling_order(survey) for survey in surveys]
    references = tuple(
        _first_areas(slide, survey, order)
        for slide, survey, order in zip(slides, surveys, orders, strict=True)
    )
    reading = CaseReading(tuple(slides), surveys, tuple(interleaved(orders)), references, {})

    def read(place: Place) -> ReadRegion:
        slide = slides[place[0]]
        square = surveys[place[0]][place[1]].square
        seen: RegionCells = classified(
            first.look(place[0], square),
            slide.pictures[square.picture],
            models.classifier,
            references[place[0]],
        )
        return ReadRegion(seen.found, seen.proposals, is_blurred(seen.focus_pixels))

    triage = EarlyTriage(models.classifier, finding_settings(settings))
    by_cell = settings.n_to_count is not None and not _fields(reading)
    n_regions = len(_fields(reading)) + sum(
        slides[place[0]].kind is SlideKind.WHOLE_SLIDE for place in reading.order
    )
    progress.stage("finding cells", settings.n_to_count if by_cell else n_regions)
    for batch in _rounds(reading, settings.n_to_count):
        for place, seen in zip(
            batch, in_order(pool, read, batch, n_threads * READ_AHEAD), strict=True
        ):
            reading.read[place] = seen
            n_cells = len(seen.found.score)
            progress.advance(n_cells if by_cell else 1, n_cells)
            if not seen.is_blurred:
                square = surveys[place[0]][place[1]].square
                named = name_cells(seen.proposals, models.classifier)
                progress.found(early_cells(slides[place[0]], square, seen.found, named))
            said = triage.see(seen.proposals)
            if said is not None:
                progress.notice(said)
    return reading


def _rounds(reading: CaseReading, n_to_count: int | None) -> Iterator[list[Place]]:
    """Batches of regions still to be read: all of the fields first, then what the count needs."""
    fields = _fields(reading)
    if fields:
        yield fields
    waiting = [place for place in reading.order if place not in reading.read]
    if n_to_count is None:
        if waiting:
            yield waiting
        return
    while waiting and (n_whole := n_whole_in_order(reading)) < n_to_count:
        size = _regions_needed(n_to_count - n_whole, n_whole, len(reading.read))
        yield waiting[:size]
        waiting = waiting[size:]


def _regions_needed(n_missing: int, n_whole: int, n_read: int) -> int:
    """Regions to read next, if cells go on as densely: every round merges all cells anew."""
    return max(ROUND, -(-n_missing * n_read // n_whole)) if n_whole else ROUND


def _fields(reading: CaseReading) -> list[Place]:
    """Every region of the camera fields: these are read whatever the count asks for."""
    return [
        (i, region)
        for i, slide in enumerate(reading.slides)
        if slide.kind is SlideKind.FIELDS
        for region in range(len(reading.surveys[i]))
    ]
