"""Sorts DICOM files into whole-slide series. Pixels are read by OpenSlide, not here."""

import struct
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from pydicom.uid import VLWholeSlideMicroscopyImageStorage

from marrowscope.errors import UnreadableInputError
from marrowscope.slides.file_names import shown
from marrowscope.slides.foreign_warnings import drop_log_messages, header_warnings_dropped

drop_log_messages("pydicom")

_PREAMBLE_BYTES = 128
_TAGS = ["SOPClassUID", "SeriesInstanceUID", "ImageType"]
_SLIDE_PIXELS = "VOLUME"
# What pydicom raises on damaged data sets, beside OSError and its own InvalidDicomError.
DICOM_ERRORS = (
    InvalidDicomError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class DicomSeries:
    """What grouping needs; the identifier is compared and never shown or kept.

    has_slide_pixels: False for label and overview images, which are never opened by themselves.
    """

    uid: str
    has_slide_pixels: bool


def is_dicom(head: bytes) -> bool:
    """True where the file begins as DICOM part 10 says; `head` are its first 132 bytes."""
    return head[_PREAMBLE_BYTES : _PREAMBLE_BYTES + 4] == b"DICM"


def read_series(path: Path, name: str) -> DicomSeries | None:
    """The series a whole-slide DICOM file belongs to; None if it is other DICOM.

    Raises UnreadableInputError if the file is damaged.
    """
    try:
        with header_warnings_dropped():
            dataset = dcmread(path, stop_before_pixels=True, specific_tags=_TAGS)
            sop_class = str(dataset.get("SOPClassUID", ""))
            image_type = dataset.get("ImageType", ())
            uid = str(dataset.get("SeriesInstanceUID", ""))
    except DICOM_ERRORS as error:
        raise _damaged(name) from error
    if not sop_class or not uid:
        raise _damaged(name)
    if sop_class != VLWholeSlideMicroscopyImageStorage:
        return None
    return DicomSeries(uid, _SLIDE_PIXELS in image_type)


def _damaged(name: str) -> UnreadableInputError:
    return UnreadableInputError(
        f"{shown(name)}: its DICOM header is damaged or cut short; export it again"
    )
