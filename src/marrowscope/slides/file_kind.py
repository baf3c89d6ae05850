"""Tells from its content what a file is; its extension only hints.

Nothing but a regular file is ever opened, so that a pipe or a device cannot hold the program up.
"""

import os
import stat
from enum import StrEnum
from pathlib import Path

from openslide import OpenSlide

from marrowscope.errors import UnreadableInputError
from marrowscope.slides.dicom_series import is_dicom
from marrowscope.slides.file_names import check_name, shown
from marrowscope.slides.openslide_picture import GENERIC_TIFF
from marrowscope.slides.pillow_image import picture_format
from marrowscope.slides.tiff_layout import read_layout

_HEAD_BYTES = 132
_APERIO = "aperio"
# LZMA, Zstandard, WebP: OpenSlide sees such a file, but its libtiff cannot decode it.
_COMPRESSIONS_OPENSLIDE_LACKS = frozenset({34925, 50000, 50001})


class FileKind(StrEnum):
    """Which reader a file is for."""

    FIELD = "camera field, read by Pillow"
    DICOM = "DICOM, read by OpenSlide"
    TILED_TIFF = "SVS or plain tiled TIFF, read by OpenSlide after its layout was checked"
    TIFF_PYRAMID = "OME-TIFF or a pyramid that OpenSlide does not know, read by us"
    SCANNER_SLIDE = "a scanner's own format, read by OpenSlide"


def kind_of(path: Path, name: str) -> FileKind:
    """What the file is.

    Raises UnreadableInputError: gone, no regular file, empty, not readable by this user, or of a
    kind unknown to us.
    """
    check_name(path)
    head = _head(path, name)
    if is_dicom(head):
        return FileKind.DICOM
    file_format = picture_format(head)
    if file_format == "TIFF":
        return _kind_of_tiff(path, name)
    if file_format is not None:
        return FileKind.FIELD
    # MRXS, VMS and SVSLIDE have no mark of their own at the start; OpenSlide knows them.
    if OpenSlide.detect_format(path) is not None:
        return FileKind.SCANNER_SLIDE
    raise UnreadableInputError(
        f"{shown(name)}: is of no kind read here; give JPEG, PNG, WebP, TIFF, DICOM or a "
        "whole-slide file, or take it out of the folder"
    )


def _kind_of_tiff(path: Path, name: str) -> FileKind:
    vendor = OpenSlide.detect_format(path)
    if vendor not in (None, GENERIC_TIFF, _APERIO):
        return FileKind.SCANNER_SLIDE
    layout = read_layout(path, name)
    if vendor == _APERIO:
        return FileKind.TILED_TIFF
    if layout.is_ome:
        return FileKind.TIFF_PYRAMID
    if not layout.is_pyramid_or_tiled:
        return FileKind.FIELD
    needs_our_reader = (
        vendor is None
        or layout.has_sub_levels
        or layout.levels[0][0].compression in _COMPRESSIONS_OPENSLIDE_LACKS
    )
    return FileKind.TIFF_PYRAMID if needs_our_reader else FileKind.TILED_TIFF


def _head(path: Path, name: str) -> bytes:
    try:
        status = os.stat(path)  # noqa: PTH116 (Path.stat is the same; this says: follow links)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableInputError(
                f"{shown(name)}: is no ordinary file (a pipe, socket or device); take it out"
            )
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except FileNotFoundError as error:
        raise UnreadableInputError(
            f"{shown(name)}: there is no such file; check the path"
        ) from error
    except PermissionError as error:
        raise UnreadableInputError(
            f"{shown(name)}: this user may not read it; change its permissions"
        ) from error
    except UnreadableInputError:
        raise
    except (OSError, ValueError) as error:
        raise UnreadableInputError(
            f"{shown(name)}: cannot be opened (a link that leads back to itself, a path that is "
            "too long, or a failing disk); check the path"
        ) from error
    if not head:
        raise UnreadableInputError(f"{shown(name)}: the file is empty; copy or export it again")
    return head
