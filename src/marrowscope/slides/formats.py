"""Which formats are read, and how far we vouch for each; `doctor` and the README print this."""

from typing import NamedTuple

TESTED = "tested"
OPENED_BY_OPENSLIDE = "opened by OpenSlide, not tested by us"


class Format(NamedTuple):
    """One row: name, usual extensions, and `tested` or `opened by OpenSlide, not tested by us`."""

    name: str
    extension: str
    support: str


_FORMATS = (
    Format("Aperio SVS", ".svs", TESTED),
    Format("tiled or pyramidal TIFF", ".tif, .tiff", TESTED),
    Format("OME-TIFF", ".ome.tif, .ome.tiff", TESTED),
    Format("DICOM whole slide", ".dcm", TESTED),
    Format("JPEG field", ".jpg, .jpeg", TESTED),
    Format("PNG field", ".png", TESTED),
    Format("TIFF field", ".tif, .tiff", TESTED),
    Format("WebP field", ".webp", TESTED),
    Format("Hamamatsu", ".ndpi, .vms, .vmu", OPENED_BY_OPENSLIDE),
    Format("MIRAX", ".mrxs", OPENED_BY_OPENSLIDE),
    Format("Leica", ".scn", OPENED_BY_OPENSLIDE),
    Format("Ventana", ".bif, .tif", OPENED_BY_OPENSLIDE),
    Format("Sakura", ".svslide", OPENED_BY_OPENSLIDE),
    Format("Philips TIFF", ".tiff", OPENED_BY_OPENSLIDE),
    Format("Trestle", ".tif", OPENED_BY_OPENSLIDE),
    Format("Zeiss", ".czi", OPENED_BY_OPENSLIDE),
)


def formats() -> tuple[Format, ...]:
    """Every format read, the tested ones first."""
    return _FORMATS
