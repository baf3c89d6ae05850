"""Files that declare, or unpack to, far more than they hold."""

import struct
import zlib

from PIL import Image

from marrowscope.errors import InputRefusedError, OversizedInputError
from marrowscope.slides import open_slide
from slides.conftest import refused
from slides.tiff_file import TiffImage, write_tiff


def png_of_zeros(path, width, height, n_rows=None):
    """A PNG that declares width x height and holds `n_rows` of them, all zero."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    packer = zlib.compressobj(9)
    row = bytes(1 + 3 * width)
    data = b"".join(packer.compress(row) for _ in range(n_rows or height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )
    return path


def test_bombs_are_refused_before_anything_is_decoded(tmp_path):
    million = 1_000_000
    bombs = [
        png_of_zeros(tmp_path / "declared.png", million, million, n_rows=1),
        png_of_zeros(tmp_path / "unpacks.png", 85_000, 80_000, n_rows=20),
        write_tiff(tmp_path / "strip.tif", [TiffImage(million, million, [b"\0" * 99], None)]),
        write_tiff(tmp_path / "tiles.tif", [TiffImage(million, million, [b"\0"], (256, 256))]),
        write_tiff(tmp_path / "tile.tif", [TiffImage(40_000, 9, [b"\0"], (40_000, 40_000))]),
        write_tiff(
            tmp_path / "a.ome.tif",
            [TiffImage(million, million, [b"\0"], (256, 256), description="<OME></OME>")],
        ),
        write_tiff(
            tmp_path / "a.svs",
            [TiffImage(million, million, [b"\0"], (256, 256), description="Aperio x\r\ny")],
        ),
    ]
    for path in bombs:
        assert path.stat().st_size < million
        message = refused(path, InputRefusedError)
        assert path.name in message
    for path in bombs[:3]:
        assert "convert it to a tiled pyramid" in refused(path, OversizedInputError)


def test_a_field_between_pillows_limit_and_ours_is_read_without_a_word(tmp_path, closing):
    limit = Image.MAX_IMAGE_PIXELS
    assert limit is not None and 2 * limit < 200_000_000
    path = png_of_zeros(tmp_path / "a.png", 20_000, 10_000, n_rows=1)
    picture = closing(open_slide(path, um_per_px=0.25)).pictures[0]
    assert (picture.width_px, picture.height_px) == (20_000, 10_000)
    assert limit == Image.MAX_IMAGE_PIXELS
