"""Crops that are files of their own, labelled by the folders they lie in or by their names."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.crop_layouts.folder_walk import walk
from marrowscope.evaluation.crop_layouts.picture_file import is_picture_name, picture_pixels
from marrowscope.evaluation.crop_layouts.splits import SplitOf
from marrowscope.evaluation.image_sets import LabelledCrop
from marrowscope.evaluation.labels import LabelMap
from marrowscope.geometry import UInt8Array
from marrowscope.slides.file_names import shown

NO_PICTURE = "files that are no picture"
NOT_IN_A_CLASS_FOLDER = "pictures outside the folders of the classes"


@dataclass(frozen=True, slots=True)
class SetFacts:
    """What holds for every crop of a set. licence: as its publisher names it, or "unstated"."""

    image_set: str
    um_per_px: float
    licence: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """What place and name of a file say. um_per_px, split: None where they say nothing."""

    label: str
    um_per_px: float | None = None
    split: str | None = None


@dataclass(frozen=True, slots=True)
class NoLabel:
    """Why a picture is left out."""

    reason: str


LabelOf = Callable[[tuple[str, ...], str], Labelled | NoLabel]
"""Reads the folders below the root, outermost first, and the file's name."""


@dataclass(frozen=True, slots=True)
class _Listing:
    crops: tuple[LabelledCrop, ...]
    skipped: Mapping[str, int]


class PictureTree:
    """The pictures below one folder, as a `CropSource`."""

    def __init__(self, folder: Path, facts: SetFacts, label_of: LabelOf, split_of: SplitOf) -> None:
        self._folder = folder
        self._facts = facts
        self._label_of = label_of
        self._split_of = split_of

    @property
    def name(self) -> str:
        """The image set."""
        return self._facts.image_set

    @property
    def crops(self) -> tuple[LabelledCrop, ...]:
        """Every labelled picture; its path is that below the folder.

        Raises UnreadableInputError where there is none, or a folder cannot be listed.
        """
        return self._listing.crops

    @property
    def skipped(self) -> Mapping[str, int]:
        """How many files were left out, by reason."""
        return self._listing.skipped

    def crop_pixels(self, crop: LabelledCrop) -> UInt8Array:
        """(rows, columns, 3), RGB. Raises UnreadableInputError, OversizedInputError."""
        return picture_pixels(self._folder / crop.path, crop.path)

    @cached_property
    def _listing(self) -> _Listing:
        skipped: Counter[str] = Counter()
        crops = []
        for folders, name in walk(self._folder, skipped):
            found = self._label_of(folders, name) if is_picture_name(name) else NoLabel(NO_PICTURE)
            if isinstance(found, NoLabel):
                skipped[found.reason] += 1
            else:
                crops.append(self._crop(folders, name, found))
        if not crops:
            raise UnreadableInputError(
                f"{shown(self._folder.name)}: holds no picture with a label of {self.name}; "
                "check that the pictures were unpacked into the folders of their classes"
            )
        return _Listing(tuple(crops), dict(sorted(skipped.items())))

    def _crop(self, folders: tuple[str, ...], name: str, found: Labelled) -> LabelledCrop:
        return LabelledCrop(
            path="/".join((*folders, name)),
            image_set=self._facts.image_set,
            label=found.label,
            split=found.split or self._split_of(self.name, name),
            um_per_px=found.um_per_px or self._facts.um_per_px,
            licence=self._facts.licence,
        )


def label_by_top_folder(labels: LabelMap) -> LabelOf:
    """The outermost folder is the label; deeper ones only part large classes."""

    def label_of(folders: tuple[str, ...], name: str) -> Labelled | NoLabel:
        if not folders:
            return NoLabel(NOT_IN_A_CLASS_FOLDER)
        return Labelled(folders[0]) if labels.knows(folders[0]) else unknown_folder(folders[0])

    return label_of


def unknown_folder(folder: str) -> NoLabel:
    """A folder that no table knows."""
    return NoLabel(f"folder {shown(folder)}: not a class that is known")
