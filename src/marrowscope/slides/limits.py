"""How many pixels will be taken on, checked on what a file declares, before anything is decoded."""

from marrowscope.errors import OversizedInputError

# A flat picture is decoded whole: 400 Mpx is 1.2 GB of RGB. Camera fields have 1 to 50 Mpx.
MAX_FLAT_PX = 400_000_000

# A pyramid is read in pieces. A standard glass of 26 mm x 76 mm scanned edge to edge at
# 0.1 µm/px has 2e11 px; a file that declares more is damaged or hostile.
MAX_PYRAMID_PX = 250_000_000_000

# One tile or strip is decoded whole. Scanners write tiles of 0.06 to 4 Mpx.
MAX_SEGMENT_PX = 100_000_000


def check_flat_size(name: str, width_px: int, height_px: int) -> None:
    """Raises OversizedInputError if a picture that is decoded whole is too large."""
    if width_px * height_px > MAX_FLAT_PX:
        raise OversizedInputError(
            f"{name}: declares {width_px} x {height_px} px, more than the "
            f"{MAX_FLAT_PX // 1_000_000} Mpx that a flat picture may have; "
            "if it is real, convert it to a tiled pyramidal TIFF"
        )


def check_pyramid_size(name: str, width_px: int, height_px: int) -> None:
    """Raises OversizedInputError if a pyramid declares more than a glass slide can hold."""
    if width_px * height_px > MAX_PYRAMID_PX:
        raise OversizedInputError(
            f"{name}: declares {width_px} x {height_px} px, more than a whole glass slide at "
            "0.1 µm/px; the file is damaged or not a slide, export it again"
        )


def check_segment_size(name: str, width_px: int, height_px: int) -> None:
    """Raises OversizedInputError if one tile or strip of a pyramid is too large to decode."""
    if width_px * height_px > MAX_SEGMENT_PX:
        raise OversizedInputError(
            f"{name}: is stored in tiles or strips of {width_px} x {height_px} px, more than "
            f"{MAX_SEGMENT_PX // 1_000_000} Mpx each; convert it to a tiled pyramidal TIFF "
            "with tiles of 256 to 1024 px"
        )
