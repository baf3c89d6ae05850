import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marrowscope.evaluation.cell_pictures import decode_cell_picture, read_cell_picture

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")


def picture(side: int = 120) -> np.ndarray:
    """Noise over a slope, so that every row differs and nothing compresses away."""
    random = np.random.default_rng(3)
    slope = np.linspace(20, 200, side)[:, None, None]
    return (slope + random.integers(0, 50, (side, side, 3))).astype(np.uint8)


def encoded(file_format: str, pixels: np.ndarray, **how: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, **how)
    return buffer.getvalue()


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_format_is_read_whatever_the_file_is_called(file_format: str, tmp_path: Path) -> None:
    (tmp_path / "cell.dat").write_bytes(encoded(file_format, picture()))
    found = read_cell_picture(tmp_path / "cell.dat")
    assert found is not None
    assert found.pixels.shape == (120, 120, 3)
    assert not found.is_truncated
    near = np.abs(found.pixels.astype(int) - picture()).mean()
    assert near < (25 if file_format in {"JPEG", "WEBP"} else 0.01)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_cut_short_is_read_as_far_as_it_goes(file_format: str) -> None:
    data = encoded(file_format, picture())
    found = decode_cell_picture(data[: len(data) * 6 // 10])
    assert found is not None
    assert found.is_truncated
    # The first rows in the file are the lowest ones of a BMP.
    there = slice(70, 120) if file_format == "BMP" else slice(0, 50)
    near = np.abs(found.pixels[there].astype(int) - picture()[there]).mean()
    assert near < (25 if file_format in {"JPEG", "WEBP"} else 0.01)


def test_a_jpeg_without_its_end_mark_is_whole_and_flagged() -> None:
    found = decode_cell_picture(encoded("JPEG", picture())[:-2])
    assert found is not None
    assert found.is_truncated


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"BM",
        b"\xff\xd8\xff",
        encoded("PNG", picture())[:60],
        encoded("WEBP", picture())[:24],
        encoded("TIFF", picture(), compression="tiff_lzw")[:4000],
        b"RIFF\xff\xff\xff\x0fWEBPVP8 ",
    ],
)
def test_what_does_not_decode_at_all_is_none(data: bytes) -> None:
    assert decode_cell_picture(data) is None


def test_a_bomb_is_not_unpacked() -> None:
    buffer = io.BytesIO()
    Image.new("1", (8200, 8000)).save(buffer, "PNG")
    assert decode_cell_picture(buffer.getvalue()) is None


def test_a_missing_file_is_none(tmp_path: Path) -> None:
    assert read_cell_picture(tmp_path / "gone.png") is None
    assert read_cell_picture(tmp_path) is None


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "I;16", "CMYK", "1"])
def test_other_kinds_of_pixels_become_rgb(mode: str) -> None:
    image = Image.fromarray(picture()).convert("L").convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "TIFF" if mode == "CMYK" else "PNG")
    found = decode_cell_picture(buffer.getvalue())
    assert found is not None
    assert found.pixels.shape == (120, 120, 3)
