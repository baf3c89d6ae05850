import numpy as np
from PIL import Image, PngImagePlugin

from marrowscope.geometry import PixelBox
from marrowscope.slides import open_slide
from slides.conftest import write_png
from slides.made_slides import (
    jpeg_tiled,
    smooth_pixels,
    write_dicom_folder,
    write_ome_tiff,
    write_ome_tiff_of_jpeg,
    write_svs,
    write_tiled_tiff,
)
from slides.tiff_file import TiffImage, write_tiff

PIXELS = smooth_pixels(400, 400)


def private_of(path, closing):
    return closing(open_slide(path)).private_images


def test_label_and_macro_are_named_and_the_thumbnail_is_not(tmp_path, closing):
    assert private_of(write_svs(tmp_path / "a.svs", PIXELS, 0.25), closing) == ("label", "macro")
    bare = write_svs(tmp_path / "b.svs", PIXELS, 0.25, with_private_images=False)
    assert private_of(bare, closing) == ()
    assert private_of(write_dicom_folder(tmp_path / "d", PIXELS, 0.25), closing) == ("label",)
    assert private_of(write_tiled_tiff(tmp_path / "t.tif", PIXELS, 0.25), closing) == ()


def test_the_name_of_an_ome_image_is_not_repeated(tmp_path, closing):
    path = write_ome_tiff_of_jpeg(tmp_path / "a.ome.tif", PIXELS, 0.25)
    assert private_of(path, closing) == ("label",)


def test_a_label_stored_like_a_level_is_not_rendered(tmp_path, closing):
    """Square, tiled, marked as a reduced copy: only its description tells it from a level."""
    label = jpeg_tiled(np.zeros((100, 100, 3), np.uint8), "label 100x100", subfiletype=1)
    path = write_tiff(tmp_path / "a.tif", [jpeg_tiled(PIXELS), label])
    slide = closing(open_slide(path, um_per_px=0.25))
    assert slide.private_images == ("label",)
    out = slide.pictures[0].read(PixelBox(0, 0, 400, 400), 100, 100)
    assert np.abs(out.mean() - PIXELS.mean()) < 2


def test_synthetic_is_read_from_the_description(tmp_path, closing):
    word = "SYNTHETIC phantom"
    png_text = PngImagePlugin.PngInfo()
    png_text.add_text("Description", word)
    Image.fromarray(PIXELS).save(tmp_path / "f.png", pnginfo=png_text)
    Image.fromarray(PIXELS).save(tmp_path / "f.jpg", comment=word)
    Image.fromarray(PIXELS).save(tmp_path / "f.tif", description=word)
    tiled = write_tiff(tmp_path / "t.tif", [jpeg_tiled(PIXELS, word)])
    paths = [
        write_svs(tmp_path / "a.svs", PIXELS, 0.25, comment=word),
        write_ome_tiff(tmp_path / "a.ome.tif", PIXELS, 0.25, comment=word),
        write_dicom_folder(tmp_path / "d", PIXELS, 0.25, comment=word),
        tiled,
        tmp_path / "f.png",
        tmp_path / "f.jpg",
        tmp_path / "f.tif",
    ]
    for path in paths:
        assert closing(open_slide(path, um_per_px=0.25)).synthetic, path.name


def test_other_slides_are_not_synthetic(tmp_path, closing):
    paths = [
        write_svs(tmp_path / "a.svs", PIXELS, 0.25, comment="photosynthetic"),
        write_png(tmp_path / "f.png", PIXELS),
    ]
    for path in paths:
        assert not closing(open_slide(path, um_per_px=0.25)).synthetic, path.name


def test_three_pages_of_red_green_and_blue_are_one_picture(tmp_path, closing):
    import tifffile

    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=True) as tiff:
        tiff.write(
            np.ascontiguousarray(np.moveaxis(PIXELS, 2, 0)),
            photometric="minisblack",
            tile=(128, 128),
            metadata={"axes": "CYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5},
        )
    slide = closing(open_slide(tmp_path / "a.ome.tif"))
    assert slide.scale.um_per_px == 0.5
    assert np.array_equal(slide.pictures[0].read(PixelBox(0, 0, 400, 400), 400, 400), PIXELS)


def test_a_pyramid_of_strips_is_a_whole_slide(tmp_path, closing):
    half = PIXELS[::2, ::2]
    images = [
        TiffImage(p.shape[1], p.shape[0], [np.ascontiguousarray(p).tobytes()], None, subfiletype=s)
        for p, s in ((PIXELS, 0), (half, 1))
    ]
    slide = closing(open_slide(write_tiff(tmp_path / "a.tif", images), um_per_px=0.25))
    assert slide.kind.value == "whole slide"
    assert np.array_equal(slide.pictures[0].read(PixelBox(0, 0, 400, 400), 200, 200), half)
