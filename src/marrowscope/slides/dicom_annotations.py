"""Reads boxes drawn on a whole slide from DICOM Microscopy Bulk Simple Annotations (PS3.3 A.87)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.uid import MicroscopyBulkSimpleAnnotationsStorage

from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import DoubleArray
from marrowscope.slides.dicom_series import DICOM_ERRORS
from marrowscope.slides.file_names import shown
from marrowscope.slides.foreign_warnings import header_warnings_dropped

_POINTS_A_SHAPE = {"RECTANGLE": 4, "ELLIPSE": 4, "POINT": 1}


@dataclass(frozen=True, slots=True)
class AnnotationGroup:
    """Shapes with one label. centres_px: (n, 2), x and y in the slide's level-0 pixels."""

    label: str
    centres_px: DoubleArray


@dataclass(frozen=True, slots=True)
class SlideAnnotations:
    """What one file holds. images: identifiers of the images or series that it was drawn on.

    patient: compared, to keep a patient's slides together; never shown or kept.
    """

    description: str
    patient: str
    images: frozenset[str]
    groups: tuple[AnnotationGroup, ...]


def read_annotations(path: Path, name: str) -> SlideAnnotations | None:
    """The annotations in a file; None if it is other DICOM.

    Raises UnreadableInputError: damaged, no DICOM, or shapes of another kind than boxes, ellipses
    and points in the slide's pixels.
    """
    try:
        with header_warnings_dropped():
            dataset = dcmread(path)
            if dataset.get("SOPClassUID") != MicroscopyBulkSimpleAnnotationsStorage:
                return None
            if dataset.AnnotationCoordinateType != "2D":
                raise ValueError("positions are not in pixels of the slide")
            return SlideAnnotations(
                description=str(dataset.get("SeriesDescription", "")),
                patient=str(dataset.get("PatientID", "")),
                images=frozenset(_referenced(dataset)),
                groups=tuple(_group(item) for item in dataset.AnnotationGroupSequence),
            )
    except DICOM_ERRORS as error:
        raise UnreadableInputError(
            f"{shown(name)}: cannot be read as annotations of a slide, it is damaged or of another "
            "kind; export it again or take it out"
        ) from error


def read_identifiers(path: Path, name: str) -> frozenset[str]:
    """Identifiers of the image in a file and of its series. Raises UnreadableInputError."""
    tags = ["SOPInstanceUID", "SeriesInstanceUID"]
    try:
        with header_warnings_dropped():
            dataset = dcmread(path, stop_before_pixels=True, specific_tags=tags)
            return frozenset(str(dataset[tag].value) for tag in tags)
    except DICOM_ERRORS as error:
        raise UnreadableInputError(
            f"{shown(name)}: its DICOM header is damaged or cut short; export it again"
        ) from error


def _referenced(dataset: Dataset) -> Iterable[str]:
    for image in dataset.get("ReferencedImageSequence", ()):
        yield str(image.ReferencedSOPInstanceUID)
    for series in dataset.get("ReferencedSeriesSequence", ()):
        yield str(series.SeriesInstanceUID)


def _group(item: Dataset) -> AnnotationGroup:
    if "DoublePointCoordinatesData" in item:
        values = np.frombuffer(item.DoublePointCoordinatesData, dtype="<f8")
    else:
        values = np.frombuffer(item.PointCoordinatesData, dtype="<f4").astype(np.float64)
    n_points = _POINTS_A_SHAPE[str(item.GraphicType)]
    centres = values.reshape(-1, n_points, 2).mean(axis=1)
    return AnnotationGroup(str(item.AnnotationGroupLabel), centres)
