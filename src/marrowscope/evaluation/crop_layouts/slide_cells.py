"""Crops cut out of whole slides around the centres of labelled boxes."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from marrowscope.errors import UnknownScaleError, UnreadableInputError
from marrowscope.evaluation.crop_layouts.splits import SplitOf
from marrowscope.evaluation.image_sets import LabelledCrop
from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.slides import Picture, Scale, Slide, open_slide
from marrowscope.slides.file_names import shown

CROP_UM = 25.0
"""Side of a crop: what the single-cell pictures of other sets show, room for any cell but a
megakaryocyte."""

NO_SLIDE = "cells whose slide is not there"
OUTSIDE = "cells outside their slide"


@dataclass(frozen=True, slots=True)
class SlideCell:
    """One labelled cell: the slide's own name, the cell's, and the centre in level-0 pixels.

    kept_together: cells with the same one are in one split; the patient where that is known, else
    the slide. It is used for the split alone.
    """

    slide: str
    cell: str
    kept_together: str
    label: str
    x_px: float
    y_px: float


@dataclass(frozen=True, slots=True)
class _Listing:
    crops: tuple[LabelledCrop, ...]
    cells: Mapping[str, SlideCell]
    skipped: Mapping[str, int]


class SlideCells:
    """Labelled cells on whole slides, as a `CropSource`. One slide is held open at a time."""

    def __init__(
        self,
        image_set: str,
        licence: str,
        read_cells: Callable[[Counter[str]], Sequence[SlideCell]],
        slides: Mapping[str, Path],
        split_of: SplitOf,
    ) -> None:
        """read_cells: lists the cells when first asked for and counts what it leaves out.

        slides: the file of each slide, or the folder of its DICOM series, by the name that cells
        have for it.
        """
        self._image_set = image_set
        self._licence = licence
        self._read_cells = read_cells
        self._slides = slides
        self._split_of = split_of
        self._open: tuple[str, Slide] | None = None

    @property
    def name(self) -> str:
        """The image set."""
        return self._image_set

    @property
    def crops(self) -> tuple[LabelledCrop, ...]:
        """Every labelled cell, by slide.

        A path is the name of the slide, `/` and that of the cell. Raises UnreadableInputError
        (no cell on any slide that is there, a damaged slide), UnknownScaleError.
        """
        return self._listing.crops

    @property
    def skipped(self) -> Mapping[str, int]:
        """How many cells were left out, by reason."""
        return self._listing.skipped

    def crop_pixels(self, crop: LabelledCrop) -> UInt8Array:
        """(rows, columns, 3), RGB, 25 µm square at the slide's full resolution; white outside it.

        Raises UnreadableInputError.
        """
        cell = self._listing.cells[crop.path]
        half = math.ceil(CROP_UM / 2 / crop.um_per_px)
        left, top = round(cell.x_px) - half, round(cell.y_px) - half
        side = 2 * half
        return self._picture(cell.slide).read(PixelBox(left, top, side, side), side, side)

    @cached_property
    def _listing(self) -> _Listing:
        skipped: Counter[str] = Counter()
        crops, cells = [], {}
        for cell in sorted(self._read_cells(skipped), key=lambda cell: (cell.slide, cell.cell)):
            if cell.slide not in self._slides:
                skipped[NO_SLIDE] += 1
                continue
            picture = self._picture(cell.slide)
            if not PixelBox(0, 0, picture.width_px, picture.height_px).contains(
                cell.x_px, cell.y_px
            ):
                skipped[OUTSIDE] += 1
                continue
            crops.append(self._crop(cell))
            cells[crops[-1].path] = cell
        if not crops:
            raise UnreadableInputError(
                f"{self._image_set}: none of its labelled cells lies on a slide that is there; "
                "put the slides below the folder of the tables"
            )
        return _Listing(tuple(crops), cells, dict(sorted(skipped.items())))

    def _crop(self, cell: SlideCell) -> LabelledCrop:
        return LabelledCrop(
            path=f"{cell.slide}/{cell.cell}",
            image_set=self._image_set,
            label=cell.label,
            split=self._split_of(self.name, cell.kept_together),
            um_per_px=self._slide(cell.slide).scale.um_per_px,
            licence=self._licence,
        )

    def _picture(self, name: str) -> Picture:
        return self._slide(name).pictures[0]

    def _slide(self, name: str) -> Slide:
        if self._open is not None and self._open[0] == name:
            return self._open[1]
        if self._open is not None:
            self._open[1].close()
            self._open = None
        slide = open_slide(self._slides[name], estimate=_no_estimate)
        self._open = (name, slide)
        return slide


def _no_estimate(pictures: Sequence[Picture], mcv_fl: float | None) -> Scale:
    _refuse(pictures[0].name)


def _refuse(name: str) -> NoReturn:
    raise UnknownScaleError(
        f"{shown(name)}: states no µm/px; take the slide as its scanner wrote it"
    )
