"""What a file's metadata says about the size of its pixels, and whether to believe it."""

import math
from dataclasses import dataclass

MICROMETRES_PER_INCH = 25_400.0

# No smear is scanned coarser; values beyond are placeholders (1 px/mm, 72 dpi, ...).
MAX_UM_PER_PX = 20.0

# A resolution tag speaks of printing unless it lands where a microscope can: 72, 96 and 300 dpi,
# the defaults of cameras and drawing programs, are 353, 265 and 85 µm/px.
MIN_RESOLUTION_TAG_UM_PER_PX = 0.02
MAX_RESOLUTION_TAG_UM_PER_PX = 5.0

SQUARE_TOLERANCE = 0.02

_MICROMETRES_PER_UNIT = {
    "pm": 1e-6,
    "å": 1e-4,
    "angstrom": 1e-4,
    "nm": 1e-3,
    "nanometer": 1e-3,
    "µm": 1.0,
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometre": 1.0,
    "mm": 1e3,
    "millimeter": 1e3,
    "cm": 1e4,
    "centimeter": 1e4,
    "m": 1e6,
    "in": MICROMETRES_PER_INCH,
    "inch": MICROMETRES_PER_INCH,
}


@dataclass(frozen=True, slots=True)
class PixelSpacing:
    """Micrometres a pixel along x and along y, as the metadata says."""

    x_um: float
    y_um: float

    @property
    def is_square(self) -> bool:
        """True where the two differ by at most 2 %."""
        return abs(self.x_um - self.y_um) <= SQUARE_TOLERANCE * min(self.x_um, self.y_um)

    @property
    def um_per_px(self) -> float | None:
        """The one scale of a square pixel; None where pixels are not square."""
        return (self.x_um + self.y_um) / 2 if self.is_square else None

    def transposed(self) -> "PixelSpacing":
        """The spacing after the picture was turned by 90 degrees."""
        return PixelSpacing(self.y_um, self.x_um)


def plausible_spacing(x_um: float | None, y_um: float | None) -> PixelSpacing | None:
    """The spacing, or None where it is missing, not finite, not above 0 or above 20 µm/px."""
    if x_um is None or y_um is None:
        return None
    if not all(math.isfinite(value) and 0 < value <= MAX_UM_PER_PX for value in (x_um, y_um)):
        return None
    return PixelSpacing(x_um, y_um)


def spacing_of_resolution_tag(x_um: float | None, y_um: float | None) -> PixelSpacing | None:
    """As `plausible_spacing`, for print resolutions: None outside 0.02 to 5 µm/px."""
    spacing = plausible_spacing(x_um, y_um)
    if spacing is None:
        return None
    low, high = MIN_RESOLUTION_TAG_UM_PER_PX, MAX_RESOLUTION_TAG_UM_PER_PX
    return spacing if low <= spacing.x_um <= high and low <= spacing.y_um <= high else None


def micrometres_per_unit(unit: str) -> float | None:
    """How many µm a named unit of length has; None for an unknown unit, also for `pixel`."""
    # U+03BC and the ImageJ escape are the other spellings of the micro sign U+00B5.
    folded = unit.strip().replace("\\u00B5", "µ").replace("μ", "µ")
    return _MICROMETRES_PER_UNIT.get(folded.lower())


def number(text: str | None) -> float | None:
    """The number a metadata field holds; None where it is missing or no number."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
