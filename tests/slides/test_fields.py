from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image

from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import PixelBox
from marrowscope.slides import open_slide
from marrowscope.slides.decoded_cache import DecodedCache
from marrowscope.slides.field_picture import open_field
from slides.conftest import write_png
from slides.made_slides import smooth_pixels

PIXELS = smooth_pixels(60, 40)
GREY = np.repeat(PIXELS[:, :, :1], 3, axis=2)


def pixels_of(path, closing):
    picture = closing(open_slide(path, um_per_px=0.2)).pictures[0]
    box = PixelBox(0, 0, picture.width_px, picture.height_px)
    return picture.read(box, picture.width_px, picture.height_px)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp", "a.jpg"])
def test_every_flat_format(name, tmp_path, closing):
    options = {"lossless": True} if name.endswith("webp") else {"quality": 98, "subsampling": 0}
    Image.fromarray(PIXELS).save(tmp_path / name, **options)
    limit = 2 if name.endswith("jpg") else 0
    assert np.abs(pixels_of(tmp_path / name, closing).astype(int) - PIXELS).mean() <= limit


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_their_header_says(orientation, tmp_path, closing):
    image = Image.fromarray(PIXELS)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "a.png", exif=exif)
    turned = {
        1: PIXELS,
        2: PIXELS[:, ::-1],
        3: PIXELS[::-1, ::-1],
        4: PIXELS[::-1],
        5: PIXELS.swapaxes(0, 1),
        6: PIXELS[::-1].swapaxes(0, 1),
        7: PIXELS[::-1, ::-1].swapaxes(0, 1),
        8: PIXELS[:, ::-1].swapaxes(0, 1),
    }[orientation]
    assert np.array_equal(pixels_of(tmp_path / "a.png", closing), turned)


def test_other_kinds_of_pixels_become_rgb(tmp_path, closing):
    Image.fromarray(PIXELS[:, :, 0]).save(tmp_path / "grey.png")
    assert np.array_equal(pixels_of(tmp_path / "grey.png", closing), GREY)
    sixteen = PIXELS[:, :, 0].astype(np.uint16) * 257
    cv2.imwrite(str(tmp_path / "sixteen.png"), sixteen)
    assert np.array_equal(pixels_of(tmp_path / "sixteen.png", closing), GREY)
    cv2.imwrite(str(tmp_path / "sixteen.tif"), sixteen)
    assert np.array_equal(pixels_of(tmp_path / "sixteen.tif", closing), GREY)
    wide = PIXELS[:, :, ::-1].astype(np.uint16) * 257
    for name in ("wide.png", "wide.tif"):
        cv2.imwrite(str(tmp_path / name), wide)
        assert np.abs(pixels_of(tmp_path / name, closing).astype(int) - PIXELS).max() <= 1
    palette = Image.fromarray(PIXELS).quantize(32)
    palette.save(tmp_path / "palette.png")
    assert np.array_equal(
        pixels_of(tmp_path / "palette.png", closing), np.asarray(palette.convert("RGB"))
    )
    black_and_white = Image.fromarray(PIXELS).convert("1")
    black_and_white.save(tmp_path / "bit.tif")
    assert set(np.unique(pixels_of(tmp_path / "bit.tif", closing))) == {0, 255}
    Image.fromarray(PIXELS).convert("CMYK").save(tmp_path / "cmyk.jpg", quality=98)
    assert np.abs(pixels_of(tmp_path / "cmyk.jpg", closing).astype(int) - PIXELS).mean() < 4


def test_transparency_is_laid_on_white(tmp_path, closing):
    rgba = np.dstack([np.zeros((40, 60, 3), np.uint8), np.full((40, 60), 0, np.uint8)])
    rgba[:, 20:40, 3] = 128
    rgba[:, 40:, 3] = 255
    Image.fromarray(rgba).save(tmp_path / "a.png")
    read = pixels_of(tmp_path / "a.png", closing)[5, :, 0]
    assert (read[:20] == 255).all() and (read[40:] == 0).all()
    assert abs(int(read[30]) - 127) <= 1


def test_of_several_pages_the_first_is_read(tmp_path, closing):
    first, second = Image.fromarray(PIXELS), Image.fromarray(255 - PIXELS)
    for name, options in (("a.tif", {}), ("a.png", {}), ("a.webp", {"lossless": True})):
        first.save(tmp_path / name, save_all=True, append_images=[second], **options)
        assert np.array_equal(pixels_of(tmp_path / name, closing), PIXELS), name


def test_floating_point_pixels_are_refused(tmp_path, closing):
    Image.fromarray(PIXELS[:, :, 0].astype(np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(UnreadableInputError, match=r"a\.tif"):
        pixels_of(tmp_path / "a.tif", closing)


def test_a_field_is_decoded_when_read_and_forgotten_beyond_the_bound(tmp_path):
    cache = DecodedCache(max_bytes=2 * PIXELS.nbytes)
    whole = PixelBox(0, 0, 60, 40)
    pictures = [
        open_field(write_png(tmp_path / f"{n}.png", PIXELS), f"{n}.png", cache).picture
        for n in range(5)
    ]
    assert cache.n_bytes == 0
    for picture in pictures:
        picture.read(whole, 60, 40)
        assert cache.n_bytes <= 2 * PIXELS.nbytes
    assert cache.get(pictures[0]) is None and cache.get(pictures[4]) is not None
    # The last one is still at hand, though its file has gone; the first one is not.
    for n in (0, 4):
        (tmp_path / f"{n}.png").unlink()
    assert np.array_equal(pictures[4].read(whole, 60, 40), PIXELS)
    with pytest.raises(UnreadableInputError, match=r"0\.png.*gone"):
        pictures[0].read(whole, 60, 40)


def test_what_was_read_is_the_callers_to_change(tmp_path, closing):
    picture = closing(open_slide(write_png(tmp_path / "a.png", PIXELS), um_per_px=0.2)).pictures[0]
    picture.read(PixelBox(0, 0, 60, 40), 60, 40)[:] = 0
    assert np.array_equal(picture.read(PixelBox(0, 0, 60, 40), 60, 40), PIXELS)


def test_four_threads_over_many_fields_with_a_tiny_memory(tmp_path):
    cache = DecodedCache(max_bytes=PIXELS.nbytes)
    all_pixels = [smooth_pixels(60, 40, seed) for seed in range(6)]
    pictures = [
        open_field(write_png(tmp_path / f"{n}.png", pixels), f"{n}.png", cache).picture
        for n, pixels in enumerate(all_pixels)
    ]
    order = [n % 6 for n in range(60)]
    with ThreadPoolExecutor(4) as pool:
        read = pool.map(lambda n: pictures[n].read(PixelBox(0, 0, 60, 40), 60, 40), order)
        for n, pixels in zip(order, read, strict=True):
            assert np.array_equal(pixels, all_pixels[n])
