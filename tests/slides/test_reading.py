"""What every family of files must do alike, on slides that the tests write."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import PixelBox
from marrowscope.slides import ScaleOrigin, SlideKind, open_slide
from slides.made_slides import (
    pixels_with_discs,
    smooth_pixels,
    write_svs,
    write_tiled_tiff,
)

# Off the tile grid, on tile corners (128 px) and near the far corner of an odd-sized picture.
CENTRES = [(50.0, 60.0), (128.0, 128.0), (303.25, 211.75), (256.0, 384.0), (560.5, 470.5)]


def test_opens_with_scale_kind_and_size(writer, tmp_path, closing):
    slide = closing(open_slide(writer(tmp_path, smooth_pixels(300, 200), 0.25)))
    (picture,) = slide.pictures
    assert (picture.width_px, picture.height_px) == (300, 200)
    assert slide.scale.origin is ScaleOrigin.METADATA
    assert slide.scale.um_per_px == pytest.approx(0.25, rel=1e-4)
    assert picture.um_per_px == pytest.approx(0.25, rel=1e-4)
    is_field = picture.name.endswith(".png")
    assert slide.kind is (SlideKind.FIELDS if is_field else SlideKind.WHOLE_SLIDE)
    assert slide.name == picture.name and "/" not in slide.name


def test_pixels_come_back(writer, tmp_path, closing):
    pixels = smooth_pixels(300, 200)
    picture = closing(open_slide(writer(tmp_path, pixels, 0.25))).pictures[0]
    read = picture.read(PixelBox(0, 0, 300, 200), 300, 200)
    assert read.dtype == np.uint8 and read.shape == (200, 300, 3)
    assert np.abs(read.astype(int) - pixels).mean() < 1.5
    beyond = picture.read(PixelBox(250, 150, 100, 100), 100, 100)
    assert np.abs(beyond[:50, :50].astype(int) - pixels[150:, 250:]).mean() < 3
    assert (beyond[51:] == 255).all() and (beyond[:, 51:] == 255).all()


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.3, 2.0, 3.7, 4.0, 6.1])
def test_nothing_is_shifted(writer, scale, tmp_path, closing):
    """Centres of discs, measured in what was read, lie within half a level-0 pixel."""
    pixels = pixels_with_discs(603, 509, CENTRES)
    picture = closing(open_slide(writer(tmp_path, pixels, 0.25))).pictures[0]
    for offset in (0.0, 0.5, 0.81):
        for centre_x, centre_y in CENTRES:
            box = PixelBox(centre_x - 30 + offset, centre_y - 31 - offset, 60, 60)
            out = round(60 / scale)
            shade = 250 - picture.read(box, out, out)[:, :, 1].astype(float)
            # Beyond the picture's border it is white, not 250; that is no disc.
            shade = np.where(shade < 12, 0, shade)
            x = (np.arange(out) + 0.5) * 60 / out
            found_x = box.x_px + (shade.sum(axis=0) * x).sum() / shade.sum()
            found_y = box.y_px + (shade.sum(axis=1) * x).sum() / shade.sum()
            assert abs(found_x - centre_x) < 0.5
            assert abs(found_y - centre_y) < 0.5


def test_threads_read_what_one_thread_reads(writer, tmp_path, closing):
    path = writer(tmp_path, smooth_pixels(500, 400), 0.25)
    boxes = [
        (PixelBox(x * 37.5, y * 41.3, 150, 150), 60 + 10 * x) for x in range(8) for y in range(6)
    ]
    serial = closing(open_slide(path)).pictures[0]
    expected = [serial.read(box, out, out) for box, out in boxes]
    shared = closing(open_slide(path)).pictures[0]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda item: shared.read(item[0], item[1], item[1]), boxes))
    assert all(np.array_equal(a, b) for a, b in zip(expected, got, strict=True))


def test_a_whole_slide_cannot_be_read_after_closing(writer, tmp_path):
    slide = open_slide(writer(tmp_path, smooth_pixels(200, 200), 0.25))
    slide.close()
    slide.close()
    if slide.kind is SlideKind.WHOLE_SLIDE:
        with pytest.raises(UnreadableInputError, match="closed"):
            slide.pictures[0].read(PixelBox(0, 0, 9, 9), 9, 9)


def test_a_pyramid_without_its_middle_level_still_reads_everywhere(tmp_path, closing):
    pixels = smooth_pixels(1300, 1150)
    one_level = closing(open_slide(write_svs(tmp_path / "one.svs", pixels, 0.25, n_levels=1)))
    flat = closing(open_slide(write_tiled_tiff(tmp_path / "flat.tif", pixels, 0.25, pyramid=False)))
    expected = pixels.reshape(23, 50, 26, 50, 3).mean(axis=(1, 3))
    for slide in (one_level, flat):
        out = slide.pictures[0].read(PixelBox(0, 0, 1300, 1150), 26, 23)
        assert np.abs(out - expected).max() < 4
