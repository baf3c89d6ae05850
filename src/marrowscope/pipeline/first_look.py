"""Cells of the first countable regions, while low power is still being looked at.

The survey of a large case takes longer than anybody wants to wait for the first cell. What is
found here is kept for the reading, so that no region is read twice and no result changes.
"""

from collections.abc import Sequence
from threading import Lock
from typing import TypeAlias

from marrowscope.cells import NamedCells, RegionLook, look_at_region
from marrowscope.cells.model import Detections
from marrowscope.errors import MarrowscopeError
from marrowscope.pipeline.models import Models
from marrowscope.progress import EarlyCell, Progress
from marrowscope.regions import Square, SurveyedSquare, Verdict, is_blurred
from marrowscope.slides.model import Slide

MOST_LOOKS = 4
"""Regions tried until one has a cell in it: more would hold up the survey."""

_Of: TypeAlias = tuple[int, Square]
"""A slide's index in the case, and one of its regions."""


def early_cells(
    slide: Slide, square: Square, found: Detections, named: NamedCells | None
) -> tuple[EarlyCell, ...]:
    """Cells of a region as they are told, those beyond its border left to its neighbours.

    named: in the order of `found`; None where nobody has named them yet.
    """
    source = slide.pictures[square.picture].name
    return tuple(
        EarlyCell(
            slide=slide.name,
            source=source,
            x_px=x_px,
            y_px=y_px,
            um_per_px=slide.scale.um_per_px,
            class_id=None if named is None else str(named.class_id[i]),
            is_undecided=named is not None and bool(named.abstained[i]),
        )
        for i, (x_px, y_px) in enumerate(zip(found.x_px.tolist(), found.y_px.tolist(), strict=True))
        if square.box.contains(x_px, y_px)
    )


class FirstLook:
    """Finds cells in countable regions as they become known. Called from several threads."""

    def __init__(self, slides: Sequence[Slide], models: Models, progress: Progress) -> None:
        self._slides = slides
        self._models = models
        self._progress = progress
        self._lock = Lock()
        self._looks: dict[_Of, RegionLook | MarrowscopeError] = {}
        self._n_begun = 0
        self._has_told = False

    def see(self, slide: int, one: SurveyedSquare) -> None:
        """Tells the cells of a region that was surveyed just now, if it is among the first.

        A look that fails is kept too: that matters only if the region is ever read.
        """
        if one.verdict is not Verdict.COUNTABLE or not self._begins():
            return
        try:
            look = self._look_now(slide, one.square)
        except MarrowscopeError as error:
            self._looks[(slide, one.square)] = error
            return
        self._looks[(slide, one.square)] = look
        if is_blurred(look.focus_pixels):
            return
        cells = early_cells(self._slides[slide], one.square, look.found, None)
        if cells:
            self._has_told = True
            self._progress.found(cells)

    def look(self, slide: int, square: Square) -> RegionLook:
        """What a region holds, looked at now unless it was among the first.

        Raises what the look at it raised, whenever that was.
        """
        kept = self._looks.pop((slide, square), None)
        if isinstance(kept, MarrowscopeError):
            raise kept
        return kept or self._look_now(slide, square)

    def _begins(self) -> bool:
        with self._lock:
            if self._has_told or self._n_begun == MOST_LOOKS:
                return False
            self._n_begun += 1
            return True

    def _look_now(self, slide: int, square: Square) -> RegionLook:
        of = self._slides[slide]
        models = self._models
        return look_at_region(
            of.pictures[square.picture],
            square.box,
            of.scale.um_per_px,
            models.detector,
            models.classifier,
        )
