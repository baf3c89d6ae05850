"""The few facts that are taken from the XML in an OME-TIFF (OME schema 2016-06)."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from marrowscope.slides.pixel_spacing import (
    PixelSpacing,
    micrometres_per_unit,
    number,
    plausible_spacing,
)

# A plate with thousands of planes has a few MB; beyond that it is not the header of a slide.
MAX_XML_CHARACTERS = 16_000_000
_PRIVATE = re.compile(r"label|macro|overview|barcode", re.IGNORECASE)
_DEFAULT_UNIT = "µm"


@dataclass(frozen=True, slots=True)
class OmeFacts:
    """What the XML says of the image of one size.

    spacing: None where it has no believable PhysicalSize. n_planes: SizeZ x SizeT.
    private_images: fixed words for images of the file that are called label or macro.
    """

    spacing: PixelSpacing | None
    n_planes: int
    private_images: tuple[str, ...]


def read_ome_xml(xml: str, width_px: int, height_px: int) -> OmeFacts:
    """Facts of the first image of that size; of nothing where the XML is damaged or too long."""
    nothing = OmeFacts(None, 1, ())
    if len(xml) > MAX_XML_CHARACTERS or "<!DOCTYPE" in xml:
        return nothing
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return nothing
    images = [element for element in root.iter() if _local_name(element) == "Image"]
    names = [_PRIVATE.search(image.get("Name", "")) for image in images]
    private = tuple(sorted({found.group(0).lower() for found in names if found is not None}))
    for image in images:
        for pixels in image:
            size = pixels.get("SizeX"), pixels.get("SizeY")
            if _local_name(pixels) == "Pixels" and size == (str(width_px), str(height_px)):
                n_planes = int(number(pixels.get("SizeZ")) or 1) * int(
                    number(pixels.get("SizeT")) or 1
                )
                return OmeFacts(_spacing(pixels), n_planes, private)
    return OmeFacts(None, 1, private)


def _local_name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _spacing(pixels: ElementTree.Element) -> PixelSpacing | None:
    return plausible_spacing(_micrometres(pixels, "X"), _micrometres(pixels, "Y"))


def _micrometres(pixels: ElementTree.Element, axis: str) -> float | None:
    value = number(pixels.get(f"PhysicalSize{axis}"))
    unit_um = micrometres_per_unit(pixels.get(f"PhysicalSize{axis}Unit", _DEFAULT_UNIT))
    return None if value is None or unit_um is None else value * unit_um
