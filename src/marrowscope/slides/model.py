"""What a slide is, whatever file it came from. No file format is known here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from marrowscope.geometry import PixelBox, UInt8Array


class ScaleOrigin(StrEnum):
    """Where a µm/px came from; every result that rests on an estimated scale says so."""

    METADATA = "metadata"
    GIVEN = "given"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class Scale:
    """Micrometres a level-0 pixel, and how that is known.

    `low_um_per_px` and `high_um_per_px` are the 95 % limits of an estimate from red cells,
    `n_red_cells` how many it rests on; None unless `origin` is ESTIMATED.
    """

    um_per_px: float
    origin: ScaleOrigin
    low_um_per_px: float | None = None
    high_um_per_px: float | None = None
    n_red_cells: int | None = None


class Picture(Protocol):
    """One pixel grid: a whole-slide pyramid, a DICOM series, or one camera field.

    Reading is safe from several threads at once.
    """

    @property
    def name(self) -> str:
        """Path below the inputs' common folder, with forward slashes."""

    @property
    def width_px(self) -> int:
        """Level-0 width."""

    @property
    def height_px(self) -> int:
        """Level-0 height."""

    @property
    def um_per_px(self) -> float | None:
        """Scale from the file's own metadata; None where it has none."""

    def read(self, box: PixelBox, out_width: int, out_height: int) -> UInt8Array:
        """The area `box` (level-0 pixels) resampled to (out_height, out_width, 3), RGB.

        Reads the pyramid level just finer than needed and shrinks by area averaging (enlarges
        bilinearly). What lies outside the picture is white.
        Raises UnreadableInputError if the file is damaged there or has gone.
        """

    def close(self) -> None:
        """Gives the file back."""


class SlideKind(StrEnum):
    """A scanned pyramid or a set of camera fields."""

    WHOLE_SLIDE = "whole slide"
    FIELDS = "fields"


@dataclass(frozen=True, slots=True)
class Slide:
    """One digitised smear: one pyramid, or the camera fields of one smear.

    All pictures share `scale`. `skipped` names fields that could not be read and were left out
    because the caller allowed it. `private_images` names associated images (label, macro) that
    were found and are never rendered.
    """

    name: str
    kind: SlideKind
    pictures: tuple[Picture, ...]
    scale: Scale
    skipped: tuple[str, ...] = ()
    private_images: tuple[str, ...] = ()
    synthetic: bool = False

    def close(self) -> None:
        """Gives every file back."""
        for picture in self.pictures:
            picture.close()
