"""BMDeep as NCI Imaging Data Commons gives it out: DICOM slides, DICOM boxes (2025).

Unpacked by its own tool: `bonemarrowwsi_pediatricleukemia/PATIENT/STUDY/SM_SERIES/*.dcm` is a
slide, `ANN_SERIES/*.dcm` beside it boxes. Of these the consensus of all readers is read; single
sessions, unnamed boxes and areas are not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from marrowscope.evaluation.crop_layouts.bmdeep import LICENCE, SOURCE
from marrowscope.evaluation.crop_layouts.folder_walk import subfolders, walk
from marrowscope.evaluation.crop_layouts.slide_cells import SlideCell, SlideCells
from marrowscope.evaluation.crop_layouts.splits import SplitOf
from marrowscope.evaluation.labels import label_map
from marrowscope.slides.dicom_annotations import read_annotations, read_identifiers
from marrowscope.slides.file_names import shown

NOT_CONSENSUS = "annotations other than the consensus"
NOT_ON_A_SLIDE = "annotations whose slide is not there"
_BOXES, _SLIDE = "ANN_", "SM_"
_CONSENSUS = "consensus"


def recognised(folder: Path, split_of: SplitOf) -> SlideCells | None:
    """The set, where its patients' folders lie in the folder; else None."""
    if not _has_patients(folder):
        return None
    slides: dict[str, Path] = {}
    boxes: list[Path] = []
    for folders, name in walk(folder, Counter()):
        path = folder.joinpath(*folders, name)
        if path.suffix.lower() == ".dcm" and folders:
            if folders[-1].startswith(_BOXES):
                boxes.append(path)
            elif folders[-1].startswith(_SLIDE):
                slides.setdefault(folders[-1].removeprefix(_SLIDE), path.parent)

    def read_cells(skipped: Counter[str]) -> Sequence[SlideCell]:
        return list(_cells(boxes, _slide_by_image(slides), skipped))

    return SlideCells(SOURCE, LICENCE, read_cells, slides, split_of)


def _has_patients(folder: Path) -> bool:
    return any(
        series.startswith(_BOXES)
        for patient in subfolders(folder)
        for study in subfolders(folder / patient)
        for series in subfolders(folder / patient / study)
    )


def _slide_by_image(slides: Mapping[str, Path]) -> Mapping[str, str]:
    """Which slide an image or a series belongs to; any level of a slide may be referred to."""
    return {
        identifier: slide
        for slide, series in slides.items()
        for path in sorted(series.glob("*.dcm"))
        for identifier in read_identifiers(path, path.name)
    }


def _cells(
    boxes: Sequence[Path], slide_by_image: Mapping[str, str], skipped: Counter[str]
) -> Iterator[SlideCell]:
    labels = label_map(SOURCE)
    for path in boxes:
        found = read_annotations(path, path.name)
        if found is None or not found.description.casefold().startswith(_CONSENSUS):
            skipped[NOT_CONSENSUS] += 1
            continue
        slide = next((slide_by_image[uid] for uid in found.images if uid in slide_by_image), None)
        if slide is None:
            skipped[NOT_ON_A_SLIDE] += 1
            continue
        for n_group, group in enumerate(found.groups, start=1):
            if not labels.knows(group.label):
                reason = f"label {shown(group.label)}: not one that is known"
                skipped[reason] += len(group.centres_px)
                continue
            for n_cell, (x_px, y_px) in enumerate(group.centres_px, start=1):
                cell = f"{n_group:03}-{n_cell:05}"
                yield SlideCell(slide, cell, found.patient, group.label, float(x_px), float(y_px))
