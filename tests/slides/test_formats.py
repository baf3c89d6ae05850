import numpy as np
import pytest
import pyvips
import tifffile

import marrowscope.slides
from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import PixelBox
from marrowscope.slides import formats, open_slide
from slides.made_slides import smooth_pixels

PIXELS = smooth_pixels(400, 300)
WHOLE = PixelBox(0, 0, 400, 300)


def test_what_is_tested_is_said_apart_from_what_openslide_merely_opens():
    tested = {row.name for row in formats() if row.support == "tested"}
    others = [row for row in formats() if row.support != "tested"]
    assert {"Aperio SVS", "OME-TIFF", "DICOM whole slide", "JPEG field"} <= tested
    assert {row.support for row in others} == {"opened by OpenSlide, not tested by us"}
    assert {".ndpi", ".mrxs", ".scn", ".bif"} <= {
        extension for row in others for extension in row.extension.split(", ")
    }
    assert all(len(row) == 3 for row in formats())


def test_exported_names_exist():
    assert all(hasattr(marrowscope.slides, name) for name in marrowscope.slides.__all__)


@pytest.mark.parametrize("layout", ["tiled", "strips"])
def test_big_tiff(layout, tmp_path, closing):
    options = {"tile": True, "pyramid": True} if layout == "tiled" else {}
    path = tmp_path / "a.tif"
    image = pyvips.Image.new_from_array(PIXELS)
    image.tiffsave(str(path), bigtiff=True, xres=4000, yres=4000, **options)
    slide = closing(open_slide(path))
    assert slide.scale.um_per_px == pytest.approx(0.25, rel=1e-4)
    assert np.array_equal(slide.pictures[0].read(WHOLE, 400, 300), PIXELS)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(UnreadableInputError, match="cut short"):
        open_slide(path)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [8, 16])
def test_ome_tiff_in_either_byte_order_and_depth(order, bits, tmp_path, closing):
    path = tmp_path / "a.ome.tif"
    pixels = PIXELS if bits == 8 else PIXELS.astype(np.uint16) * 257
    metadata = {"axes": "YXS", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25}
    with tifffile.TiffWriter(path, ome=True, byteorder=order) as tiff:
        tiff.write(pixels, photometric="rgb", rowsperstrip=64, metadata=metadata)
    slide = closing(open_slide(path))
    assert slide.scale.um_per_px == 0.25
    read = slide.pictures[0].read(WHOLE, 400, 300)
    assert np.abs(read.astype(int) - PIXELS).max() <= (0 if bits == 8 else 1)


@pytest.mark.parametrize("compression", ["lzw", "deflate", "packbits", "webp", "none"])
def test_a_pyramid_in_sub_directories_without_ome(compression, tmp_path, closing):
    """OpenSlide would see its first level only, or lacks the codec; our own reader takes it."""
    path = tmp_path / "a.tif"
    image = pyvips.Image.new_from_array(PIXELS)
    options = {"compression": compression, "lossless": True, "xres": 4000, "yres": 4000}
    image.tiffsave(str(path), tile=True, pyramid=True, subifd=True, **options)
    slide = closing(open_slide(path))
    assert slide.scale.um_per_px == pytest.approx(0.25, rel=1e-4)
    (picture,) = slide.pictures
    assert np.array_equal(picture.read(WHOLE, 400, 300), PIXELS)
    half = picture.read(WHOLE, 200, 150)
    means = PIXELS.reshape(150, 2, 200, 2, 3).mean(axis=(1, 3))
    assert np.abs(half - means).max() <= 1
