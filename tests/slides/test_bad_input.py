"""Input that must be refused in one line, before it does harm."""

import struct
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from marrowscope.errors import (
    UnreadableInputError,
)
from marrowscope.geometry import PixelBox
from marrowscope.slides import open_slide, open_slides
from slides.conftest import refused, write_png
from slides.made_slides import (
    jpeg_tiled,
    smooth_pixels,
    write_dicom_folder,
    write_ome_tiff,
    write_ome_tiff_of_jpeg,
    write_svs,
    write_tiled_tiff,
)
from slides.tiff_file import DEFLATE, TiffImage, write_tiff

PIXELS = smooth_pixels(400, 300)
WHOLE = PixelBox(0, 0, 400, 300)


@pytest.mark.parametrize("name", ["a.svs", "a.jpg", "a.tif", "a.dcm", "a.xyz", "a.mrxs", "a"])
@pytest.mark.parametrize("content", [b"", b"just words\n" * 50, b"\0" * 4000])
def test_no_picture_at_all(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    message = refused(tmp_path / name)
    assert name in message
    assert ("empty" in message) == (not content)


@pytest.mark.parametrize("share", [0.0005, 0.01, 0.3, 0.7, 0.98])
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif"])
def test_fields_cut_short_are_refused_on_opening(name, share, tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: max(5, int(len(whole) * share))])
    assert name in refused(tmp_path / name)


@pytest.mark.parametrize("share", [0.002, 0.02, 0.4, 0.9, 0.999])
def test_slides_cut_short_are_refused(writer, share, tmp_path):
    path = writer(tmp_path, PIXELS, 0.25)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    for file in files:
        whole = file.read_bytes()
        file.write_bytes(whole[: int(len(whole) * share)])
    refused(path, read=True)


def test_a_jpeg_with_a_thumbnail_is_cut_short_too(tmp_path):
    """The thumbnail in its header has an end mark of its own, which must not count."""
    import io

    thumbnail = io.BytesIO()
    Image.fromarray(PIXELS[::8, ::8]).save(thumbnail, "JPEG")
    Image.fromarray(PIXELS).save(tmp_path / "a.jpg", quality=90)
    whole = (tmp_path / "a.jpg").read_bytes()
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail.getvalue()) + 2) + thumbnail.getvalue()
    (tmp_path / "a.jpg").write_bytes(whole[:2] + segment + whole[2:-40])
    refused(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes(whole[:2] + segment + whole[2:] + b"what some cameras append")
    open_slide(tmp_path / "a.jpg", um_per_px=0.2).close()


def test_content_decides_and_the_extension_only_hints(tmp_path, closing):
    write_png(tmp_path / "a.png", PIXELS).rename(tmp_path / "a.svs")
    field = closing(open_slide(tmp_path / "a.svs", um_per_px=0.25))
    assert np.array_equal(field.pictures[0].read(WHOLE, 400, 300), PIXELS)
    write_svs(tmp_path / "b.svs", PIXELS, 0.25).rename(tmp_path / "b.jpg")
    slide = closing(open_slide(tmp_path / "b.jpg"))
    assert slide.kind.value == "whole slide" and slide.private_images == ("label", "macro")


def test_a_damaged_tile_is_found_on_reading_it(tmp_path, closing):
    damaged = jpeg_tiled(PIXELS)
    damaged.segments[5] = b"\xff\xd8\xff" + b"\x12\x34" * (len(damaged.segments[5]) // 2)
    xml = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"></OME>'
    for name, description in (("a.tif", ""), ("a.ome.tif", xml), ("a.svs", "Aperio x\r\ny")):
        image = TiffImage(**{**vars(damaged), "description": description})
        slide = closing(open_slide(write_tiff(tmp_path / name, [image]), um_per_px=0.25))
        (picture,) = slide.pictures
        picture.read(PixelBox(0, 0, 100, 100), 50, 50)
        with pytest.raises(UnreadableInputError, match="damaged") as caught:
            picture.read(WHOLE, 200, 150)
        assert name in str(caught.value) and str(tmp_path) not in str(caught.value)


def test_a_field_damaged_inside_is_found_on_reading_it(tmp_path, closing):
    whole = write_png(tmp_path / "a.png", PIXELS).read_bytes()
    middle = len(whole) // 2
    (tmp_path / "a.png").write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])
    picture = closing(open_slide(tmp_path / "a.png", um_per_px=0.25)).pictures[0]
    with pytest.raises(UnreadableInputError, match=r"a\.png.*--skip-unreadable"):
        picture.read(WHOLE, 50, 50)


def test_unreadable_fields_are_skipped_when_allowed_and_listed(tmp_path, closing):
    for n in (1, 2, 3, 10):
        write_png(tmp_path / f"{n}.png", PIXELS)
    whole = (tmp_path / "2.png").read_bytes()
    (tmp_path / "2.png").write_bytes(whole[:500])
    middle = len(whole) // 2
    (tmp_path / "10.png").write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])
    (tmp_path / "4.mov").write_bytes(b"\0\1\2\3")
    with pytest.raises(UnreadableInputError, match=r"4\.mov"):
        open_slide(tmp_path, um_per_px=0.25)
    (tmp_path / "4.mov").unlink()
    with pytest.raises(UnreadableInputError, match=r"2\.png.*--skip-unreadable"):
        open_slide(tmp_path, um_per_px=0.25)
    slide = closing(open_slide(tmp_path, um_per_px=0.25, skip_unreadable=True))
    assert [picture.name for picture in slide.pictures] == ["1.png", "3.png"]
    assert slide.skipped == ("2.png", "10.png")
    for name in ("1.png", "3.png"):
        (tmp_path / name).write_bytes(whole[:400])
    with pytest.raises(UnreadableInputError, match="none of its 4 fields"):
        open_slide(tmp_path, um_per_px=0.25, skip_unreadable=True)


def test_an_unreadable_whole_slide_refuses_the_case_even_then(tmp_path):
    write_svs(tmp_path / "a.svs", PIXELS, 0.25)
    write_dicom_folder(tmp_path / "d", PIXELS, 0.25)
    dicom = tmp_path / "d" / "series1-level0.dcm"
    dicom.write_bytes(dicom.read_bytes()[:300])
    with pytest.raises(UnreadableInputError):
        open_slides([tmp_path / "a.svs", tmp_path / "d"], skip_unreadable=True)


def test_a_dicom_file_cut_within_its_tiles_is_found_on_reading(tmp_path, closing):
    folder = write_dicom_folder(tmp_path / "d", PIXELS, 0.25)
    dicom = folder / "series1-level0.dcm"
    dicom.write_bytes(dicom.read_bytes()[:20_000])
    picture = closing(open_slide(folder)).pictures[0]
    with pytest.raises(UnreadableInputError, match="damaged"):
        picture.read(WHOLE, 400, 300)


def test_a_slide_that_vanishes_midway(writer, tmp_path, closing):
    """Either the system still holds the file, and all pixels are right, or it is one line."""
    path = writer(tmp_path, PIXELS, 0.25)
    picture = closing(open_slide(path)).pictures[0]
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        file.unlink()
    try:
        read = picture.read(WHOLE, 400, 300)
    except UnreadableInputError as error:
        assert "\n" not in str(error) and str(tmp_path) not in str(error)
    else:
        assert np.abs(read.astype(int) - PIXELS).mean() < 1.5


def test_a_file_cut_short_while_it_is_open(tmp_path, closing):
    path = write_ome_tiff_of_jpeg(tmp_path / "a.ome.tif", PIXELS, 0.25)
    picture = closing(open_slide(path)).pictures[0]
    with path.open("r+b") as stream:
        stream.truncate(2000)
    with pytest.raises(UnreadableInputError, match="cut short"):
        picture.read(WHOLE, 400, 300)


def test_a_field_replaced_while_it_is_open(tmp_path, closing):
    picture = closing(open_slide(write_png(tmp_path / "a.png", PIXELS), um_per_px=0.2)).pictures[0]
    write_png(tmp_path / "a.png", PIXELS[:100])
    with pytest.raises(UnreadableInputError, match="replaced"):
        picture.read(WHOLE, 40, 30)


def test_tiff_kinds_we_cannot_decode_say_so(tmp_path):
    xml = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"></OME>'
    image = TiffImage(64, 64, [b"\0" * 50], (64, 64), compression=33005, description=xml)
    assert "JPEG 2000" in refused(write_tiff(tmp_path / "a.ome.tif", [image]))


def test_a_stack_of_planes_is_refused(tmp_path):
    path = write_ome_tiff(tmp_path / "a.ome.tif", PIXELS, 0.25)
    # Same length, so that nothing in the file moves.
    path.write_bytes(path.read_bytes().replace(b'SizeZ="1"', b'SizeZ="9"'))
    assert "9 planes" in refused(path)


def test_a_directory_chain_that_bites_its_tail(tmp_path):
    path = write_tiled_tiff(tmp_path / "a.tif", PIXELS, 0.25, pyramid=False)
    data = bytearray(path.read_bytes())
    (first,) = struct.unpack_from("<I", data, 4)
    (n_tags,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * n_tags, first)
    path.write_bytes(data)
    with pytest.raises(UnreadableInputError):
        slide = open_slide(path, um_per_px=0.25)
        read = slide.pictures[0].read(WHOLE, 400, 300)
        slide.close()
        assert np.array_equal(read, PIXELS)
        raise UnreadableInputError("opened, and rightly so")


def test_libraries_say_nothing_on_standard_error(tmp_path):
    """In a process of its own: pytest would catch what they print."""
    broken_header = write_ome_tiff(tmp_path / "a.ome.tif", PIXELS, 0.25)
    broken_header.write_bytes(broken_header.read_bytes().replace(b"<OME", b"<0ME", 1))
    broken_tile = jpeg_tiled(PIXELS)
    broken_tile.segments[0] = b"\xff\x13" * 99
    sub = jpeg_tiled(PIXELS[::2, ::2], subfiletype=1)
    write_tiff(tmp_path / "b.tif", [replace(broken_tile, below=[sub])])
    strip = TiffImage(400, 300, [b"\xff\x13" * 99], None, compression=DEFLATE)
    write_tiff(tmp_path / "c.tif", [strip])
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from marrowscope.errors import MarrowscopeError\n"
        "from marrowscope.geometry import PixelBox\n"
        "from marrowscope.slides import open_slide\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n"
        "        slide = open_slide(Path(name), um_per_px=0.25)\n"
        "        slide.pictures[0].read(PixelBox(0, 0, 400, 300), 400, 300)\n"
        "    except MarrowscopeError as error:\n"
        "        print(str(error).partition(':')[0])\n"
    )
    paths = [str(broken_header), str(tmp_path / "b.tif"), str(tmp_path / "c.tif")]
    done = subprocess.run(
        [sys.executable, "-c", script, *paths],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("b.tif\nc.tif\n", "")
