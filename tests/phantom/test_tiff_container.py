"""Sizes that only gigapixel files reach, tried with a lower limit or a sparse file."""

import io
import subprocess
import sys

import numpy as np
import pytest
import tifffile

from marrowscope.phantom.pyramid import PyramidBuilder, encode_jpeg
from marrowscope.phantom.tiff import Directory, Picture, TiffContainer

GREY = np.full((512, 512, 3), 90, np.uint8)


def one_tile(container, description="words"):
    data = encode_jpeg(GREY, 90)
    picture = Picture(512, 512, (512, 512), True, [container.append(data)], [len(data)])
    return Directory(picture, description, 0, 0.25)


@pytest.mark.parametrize(("limit", "is_big"), [(2**32 - 1, False), (10_000, True)])
def test_big_files_become_bigtiff(tmp_path, limit, is_big):
    path = tmp_path / "p.tif"
    with path.open("wb") as file:
        container = TiffContainer(file, classic_limit_bytes=limit)
        container.finish([one_tile(container), one_tile(container, "second")])
    with tifffile.TiffFile(path) as read:
        assert read.is_bigtiff is is_big
        assert [page.description for page in read.pages] == ["words", "second"]
        assert read.pages[0].tags["XResolution"].value == (40_000, 1)
        offset, length = read.pages[1].dataoffsets[0], read.pages[1].databytecounts[0]
    assert path.read_bytes()[offset : offset + length] == encode_jpeg(GREY, 90)


def test_tags_stand_in_ascending_order():
    container = TiffContainer(io.BytesIO())
    tags = list(one_tile(container).tags())
    assert tags == sorted(tags)


def test_levels_halve_rounding_up_and_every_tile_is_written_once():
    written = []

    def append(data):
        written.append(data)
        return len(written)

    pyramid = PyramidBuilder(2561, 1030, 512, 80, append)
    columns, rows = pyramid.grid
    assert (columns, rows) == (6, 3)
    for row in range(rows):
        for column in range(columns):
            pyramid.add(column, row, np.full((512, 512, 3), 20 * column, np.uint8))
    levels = pyramid.pictures()
    assert [(one.width_px, one.height_px) for one in levels] == [
        (2561, 1030), (1281, 515), (641, 258),
    ]  # fmt: skip
    offsets = sorted(offset for one in levels for offset in one.offsets)
    assert offsets == list(range(1, len(written) + 1))
    assert pyramid.overview.shape == (258, 641, 3)
    assert (pyramid.overview[:, :120] == 0).all() and (pyramid.overview[:, 520:630] == 80).all()


def test_memory_stays_small_for_a_60_000_px_row():
    """Three rows of tiles as wide as a gigapixel slide, flat so that it is quick; own process."""
    script = """
import resource
import numpy as np
from marrowscope.phantom.pyramid import PyramidBuilder
tile = np.full((512, 512, 3), 200, np.uint8)
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
pyramid = PyramidBuilder(60_000, 1_536, 512, 50, len)
for row in range(3):
    for column in range(pyramid.grid[0]):
        pyramid.add(column, row, tile)
print(peak() - before)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(ran.stdout) * unit < 200e6
