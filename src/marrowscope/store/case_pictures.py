"""Pictures of the slides of an analysis, as they are shown: tiles and squares, as JPEG."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import numpy as np

from marrowscope.cases.state import AnalysisStatus, CaseState
from marrowscope.errors import UnreadableInputError
from marrowscope.slides.deep_zoom import TILE_PX, DeepZoom, read_square, read_tile
from marrowscope.slides.jpeg import encode_jpeg
from marrowscope.store.opened_slides import ViewedPicture

Header: TypeAlias = Callable[[UUID, UUID], Mapping[str, Any]]
"""analysis.json of a finished analysis of a case."""


class SlidesInUse(Protocol):
    """Slides that are held open."""

    def in_use(
        self, case: CaseState, analysis_id: UUID
    ) -> AbstractContextManager[tuple[ViewedPicture, ...]]:
        """The pictures of an analysis, open while the block lasts."""

    def close_case(self, case_id: UUID) -> None:
        """Closes what is open of a case."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a viewer must know of a picture. n_levels: of a deep zoom with tiles of tile_px.

    name, slide: as results call them. um_per_px: what the analysis took, until it is finished what
    the file says, else what was given with it; None where it is not known yet.
    """

    number: int
    name: str
    slide_id: UUID
    slide: str
    width_px: int
    height_px: int
    um_per_px: float | None
    tile_px: int
    n_levels: int


class CasePictures:
    """Reads pictures for the page. header: asked for the scales of a finished analysis.

    Every method raises InputRefusedError where a slide is gone or damaged, and OutputError where
    the disk does not take what opening it needs.
    """

    def __init__(self, slides: SlidesInUse, header: Header) -> None:
        self._slides = slides
        self._header = header

    def pictures(self, case: CaseState, analysis_id: UUID) -> tuple[PictureFacts, ...]:
        """All of an analysis, in the order in which it reads them."""
        scales = self._scales(case, analysis_id)
        analysis = case.analysis(analysis_id)
        given = None if analysis is None else analysis.um_per_px
        with self._slides.in_use(case, analysis_id) as pictures:
            return tuple(
                _facts(one, scales.get(one.slide) or one.picture.um_per_px or given)
                for one in pictures
            )

    def tile(
        self, case: CaseState, analysis_id: UUID, number: int, level: int, column: int, row: int
    ) -> bytes | None:
        """A tile of a picture; None where there is none such. See `slides.deep_zoom`."""
        with self._slides.in_use(case, analysis_id) as pictures:
            one = _numbered(pictures, number)
            pixels = None if one is None else read_tile(one.picture, level, column, row)
        return None if pixels is None else encode_jpeg(pixels, full_colour=False)

    def crop(
        self,
        case: CaseState,
        analysis_id: UUID,
        number: int,
        *,
        x_px: float,
        y_px: float,
        side_px: float,
        out_px: int,
    ) -> bytes | None:
        """A square around a level-0 point, `side_px` level-0 pixels a side; None: no such picture.

        out_px: what it is resampled to. White outside the picture.
        """
        square = (number, x_px, y_px, side_px)
        return self.crops(case, analysis_id, [square], out_px)

    def crops(
        self,
        case: CaseState,
        analysis_id: UUID,
        squares: Sequence[tuple[int, float, float, float]],
        out_px: int,
    ) -> bytes | None:
        """Several squares side by side, each as `crop` has it: picture, x, y, side."""
        with self._slides.in_use(case, analysis_id) as pictures:
            found = [_numbered(pictures, number) for number, *_ in squares]
            if any(one is None for one in found):
                return None
            pixels = [
                read_square(one.picture, x_px, y_px, side_px, out_px)
                for one, (_, x_px, y_px, side_px) in zip(found, squares, strict=True)
                if one is not None
            ]
        return encode_jpeg(np.concatenate(pixels, axis=1))

    def close_case(self, case_id: UUID) -> None:
        """Closes what is open of a case that is deleted."""
        self._slides.close_case(case_id)

    def _scales(self, case: CaseState, analysis_id: UUID) -> Mapping[str, float]:
        """µm a pixel by slide; empty until the analysis is finished."""
        analysis = case.analysis(analysis_id)
        if analysis is None or analysis.status is not AnalysisStatus.FINISHED:
            return {}
        header = self._header(case.case_id, analysis_id)
        try:
            return {slide["name"]: slide["scale"]["um_per_px"] for slide in header["slides"]}
        except (KeyError, TypeError) as error:
            raise UnreadableInputError(
                "analysis.json of this analysis is damaged; analyse the case again"
            ) from error


def _numbered(pictures: Sequence[ViewedPicture], number: int) -> ViewedPicture | None:
    return pictures[number] if 0 <= number < len(pictures) else None


def _facts(one: ViewedPicture, um_per_px: float | None) -> PictureFacts:
    picture = one.picture
    return PictureFacts(
        number=one.number,
        name=picture.name,
        slide_id=one.slide_id,
        slide=one.slide,
        width_px=picture.width_px,
        height_px=picture.height_px,
        um_per_px=um_per_px,
        tile_px=TILE_PX,
        n_levels=DeepZoom(picture.width_px, picture.height_px).n_levels,
    )
