"""BMDeep as DICOM: boxes of the consensus are cut out of the slide that they refer to."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MicroscopyBulkSimpleAnnotationsStorage

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.crop_layouts import open_crop_sources
from marrowscope.evaluation.crop_source import CropSource
from marrowscope.evaluation.labels import class_of

pytest.importorskip("pyvips", reason="needs pyvips to write slides")

from slides.made_slides import pixels_with_discs, write_dicom_folder

CENTRES = [(150.0, 130.0), (400.0, 300.0), (300.0, 80.0)]
GROUPS = {"promyelocyte": CENTRES[:2], "no_consensus_found": CENTRES[2:], "who knows": CENTRES[:1]}


def write_annotations(path: Path, description: str, image: str, kind: str = "RECTANGLE") -> Path:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = MicroscopyBulkSimpleAnnotationsStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "2.25.99"
    dataset.SOPClassUID = MicroscopyBulkSimpleAnnotationsStorage
    dataset.SeriesDescription = description
    dataset.PatientID = "P1"
    dataset.AnnotationCoordinateType = "2D"
    reference = Dataset()
    reference.ReferencedSOPInstanceUID = image
    dataset.ReferencedImageSequence = [reference]
    dataset.AnnotationGroupSequence = []
    for label, centres in GROUPS.items():
        group = Dataset()
        group.AnnotationGroupLabel = label
        group.GraphicType = kind
        corners = np.array([[-20, -20], [20, -20], [20, 20], [-20, 20]])
        points = np.array(centres)[:, np.newaxis] + corners
        group.PointCoordinatesData = points.astype("<f4").tobytes()
        dataset.AnnotationGroupSequence.append(group)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """One patient's study with one slide, the consensus on its second level, and one session."""
    study = tmp_path / "bonemarrowwsi_pediatricleukemia" / "P1" / "2.25.47110"
    write_dicom_folder(study / "SM_2.25.47121", pixels_with_discs(640, 512, CENTRES), 0.25)
    consensus = "Consensus: cell bounding boxes with cell type labels"
    write_annotations(study / "ANN_2.25.5" / "a.dcm", consensus, "2.25.4711101")
    write_annotations(study / "ANN_2.25.6" / "b.dcm", "Session 1: Cell boxes", "2.25.4711101")
    return study


def only_source(folder: Path) -> CropSource:
    (source,) = open_crop_sources(folder)
    return source


def test_the_consensus_is_read(study: Path, tmp_path: Path) -> None:
    source = only_source(tmp_path)

    assert source.name == "bmdeep"
    assert [class_of(crop.image_set, crop.label) for crop in source.crops] == [
        "PROMY",
        "PROMY",
        None,
    ]
    assert {crop.um_per_px for crop in source.crops} == {0.25}
    assert source.skipped == {
        "annotations other than the consensus": 1,
        "label who knows: not one that is known": 1,
    }


def test_the_cell_is_in_the_middle(study: Path, tmp_path: Path) -> None:
    source = only_source(tmp_path)

    pixels = source.crop_pixels(source.crops[1])

    dark = np.argwhere(pixels[:, :, 0] < 120)
    assert dark.mean(axis=0) == pytest.approx([49.5, 49.5], abs=0.7)


def test_annotations_of_another_slide_are_counted(study: Path, tmp_path: Path) -> None:
    write_annotations(study / "ANN_2.25.7" / "c.dcm", "Consensus: more", "2.25.1")

    assert only_source(tmp_path).skipped["annotations whose slide is not there"] == 1


def test_other_shapes_and_damaged_files_are_refused(study: Path, tmp_path: Path) -> None:
    path = write_annotations(study / "ANN_2.25.7" / "c.dcm", "Consensus", "2.25.1", "POLYGON")
    with pytest.raises(UnreadableInputError, match=r"c\.dcm: cannot be read as annotations"):
        _ = only_source(tmp_path).crops
    path.write_bytes(b"no DICOM")
    with pytest.raises(UnreadableInputError, match=r"c\.dcm: cannot be read as annotations"):
        _ = only_source(tmp_path).crops
