"""Sorts what the user gave into smears.

- A folder of flat pictures is one smear. All flat pictures given by themselves are one smear too.
- A whole-slide file is a smear, wherever it lies; so is every DICOM series of a folder. A DICOM
  file stands for its series in its folder.
- A folder that holds nothing but sub-folders stands for these, each by the same rules. One with
  pictures or slides beside such files refuses the run, unless the caller lets it be skipped.
- Hidden files and notes are passed over (`companions`). Anything else that cannot be read
  refuses the run, unless the caller lets it be skipped.
- A file given twice, also through a link, is read once.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from marrowscope.errors import MixedInputError, UnreadableInputError, UsageError
from marrowscope.slides.companions import companion_names, is_ignored
from marrowscope.slides.dicom_series import DicomSeries, read_series
from marrowscope.slides.file_kind import FileKind, kind_of
from marrowscope.slides.file_names import check_name, natural_key, shown
from marrowscope.slides.model import SlideKind

LOOSE_FIELDS_NAME = "loose fields"
_MAX_FOLDER_DEPTH = 8


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to open: where it is, what results call it, and which reader it is for.

    series: of a DICOM file, else None.
    """

    path: Path
    name: str
    kind: FileKind
    series: DicomSeries | None = None


@dataclass(frozen=True, slots=True)
class SlideInput:
    """The files of one smear, in natural order of their names; `skipped` could not be read."""

    name: str
    kind: SlideKind
    files: tuple[InputFile, ...]
    skipped: tuple[str, ...] = ()


@dataclass(slots=True)
class _Search:
    """What has been met so far."""

    root: Path
    skip_unreadable: bool
    seen: set[str] = field(default_factory=set)
    found: list[SlideInput] = field(default_factory=list)
    loose: list[InputFile] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def name_of(self, path: Path) -> str:
        """Path below the inputs' common folder; that folder itself goes by its own name."""
        below = path.relative_to(self.root).as_posix()
        return below if below != "." else (path.name or "slides")

    def is_new(self, path: Path, series_uid: str = "") -> bool:
        """False for a file, or a DICOM series of one folder, that was met before."""
        key = f"{os.path.realpath(path)}\0{series_uid}"
        is_new = key not in self.seen
        self.seen.add(key)
        return is_new


def find_slides(inputs: Sequence[Path], *, skip_unreadable: bool = False) -> tuple[SlideInput, ...]:
    """The smears among the inputs, in natural order of their names.

    Raises UnreadableInputError (unknown or empty file, nothing found), MixedInputError (whole
    slides and fields in one folder), UsageError (no input).
    """
    if not inputs:
        raise UsageError("no input; give a slide file or a folder of pictures")
    paths = sorted({_absolute(path) for path in inputs}, key=lambda path: natural_key(str(path)))
    folders = [path for path in paths if _is_folder(path)]
    search = _Search(_common_folder(paths, folders), skip_unreadable)
    for folder in folders:
        if not _add_folder(search, folder, 0):
            raise UnreadableInputError(
                f"{shown(folder.name)}: no picture or slide in this folder; check the path"
            )
    _add_loose(search, [path for path in paths if path not in set(folders)])
    return _sorted_slides(search)


def _absolute(path: Path) -> Path:
    # Not resolved: a link keeps the name that the user gave it.
    return Path(os.path.abspath(path))  # noqa: PTH100 (Path.absolute keeps `..`)


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 (False, not an error, for impossible names)


def _common_folder(paths: Sequence[Path], folders: Sequence[Path]) -> Path:
    known = set(folders)
    return Path(os.path.commonpath([path if path in known else path.parent for path in paths]))


def _add_folder(search: _Search, folder: Path, depth: int) -> bool:
    """Adds the smears of a folder; False where it holds nothing to read."""
    if not search.is_new(folder):
        return True
    files, folders = _entries(folder)
    if files:
        for sub_folder in folders:
            _pass_over(search, sub_folder, depth + 1)
        return _add_files_of_folder(search, folder, files)
    if depth == _MAX_FOLDER_DEPTH:
        return False
    n_with_slides = sum(_add_folder(search, sub_folder, depth + 1) for sub_folder in folders)
    return n_with_slides > 0


def _pass_over(search: _Search, folder: Path, depth: int) -> None:
    """A folder beside files is not entered; raises MixedInputError where it holds something."""
    if not _holds_something(folder, depth):
        return
    name = search.name_of(folder)
    if not search.skip_unreadable:
        raise MixedInputError(
            f"{shown(name)}: this folder with pictures lies beside other files, so that it is not "
            "clear what is one smear; give each smear a folder of its own"
        )
    search.skipped.append(name)


def _holds_something(folder: Path, depth: int) -> bool:
    """Whether a picture or slide lies in it or below."""
    files, folders = _entries(folder)
    if any(_is_known(path) for path in files):
        return True
    return depth < _MAX_FOLDER_DEPTH and any(_holds_something(one, depth + 1) for one in folders)


def _is_known(path: Path) -> bool:
    try:
        kind_of(path, path.name)
    except UnreadableInputError:
        return False
    return True


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """Files and sub-folders in natural order, without what is ignored or belongs to a slide."""
    check_name(folder)
    try:
        names = sorted(os.listdir(folder), key=natural_key)  # noqa: PTH208 (names, not paths)
    except OSError as error:
        raise UnreadableInputError(
            f"{shown(folder.name)}: this folder cannot be listed; check its permissions"
        ) from error
    paths = [folder / name for name in names if not is_ignored(name)]
    companions = companion_names(paths)
    files = [path for path in paths if not _is_folder(path) and path.name not in companions]
    folders = [path for path in paths if _is_folder(path) and path.name not in companions]
    return files, folders


def _add_files_of_folder(search: _Search, folder: Path, paths: Sequence[Path]) -> bool:
    skipped_before = len(search.skipped)
    known = list(_readable(search, paths))
    fields = tuple(file for file in known if file.kind is FileKind.FIELD)
    whole = [file for file in known if file.kind is not FileKind.FIELD]
    if fields and whole:
        raise MixedInputError(
            f"{shown(search.name_of(folder))}: this folder mixes whole slides "
            f"({shown(whole[0].name)}) with camera fields ({shown(fields[0].name)}); "
            "put them in folders of their own"
        )
    n_found = len(search.found)
    if fields:
        name = search.name_of(folder)
        search.found.append(SlideInput(name, SlideKind.FIELDS, fields))
    _add_whole(search, _named_for_folder(_one_a_series(search, whole), search.name_of(folder)))
    if len(search.found) > n_found:
        # Listed with the first smear of the folder that they lay in.
        first = search.found[n_found]
        skipped = tuple(search.skipped[skipped_before:])
        search.found[n_found] = replace(first, skipped=skipped)
        del search.skipped[skipped_before:]
    return len(search.found) > n_found or len(known) > 0


def _named_for_folder(whole: list[InputFile], folder_name: str) -> list[InputFile]:
    """A folder with one DICOM series and nothing else gives the series its name."""
    if len(whole) == 1 and whole[0].kind is FileKind.DICOM:
        return [replace(whole[0], name=folder_name)]
    return whole


def _add_loose(search: _Search, paths: Sequence[Path]) -> None:
    known = list(_readable(search, paths))
    search.loose += [file for file in known if file.kind is FileKind.FIELD]
    whole = [file for file in known if file.kind is not FileKind.FIELD]
    _add_whole(search, _one_a_series(search, whole))


def _add_whole(search: _Search, files: Iterable[InputFile]) -> None:
    search.found += [SlideInput(file.name, SlideKind.WHOLE_SLIDE, (file,)) for file in files]


def _readable(search: _Search, paths: Iterable[Path]) -> Iterator[InputFile]:
    """Files of a known kind that were not met before."""
    for path in paths:
        name = search.name_of(path)
        try:
            kind = kind_of(path, name)
        except UnreadableInputError:
            if not search.skip_unreadable:
                raise
            search.skipped.append(name)
            continue
        # A damaged file of a series is never skipped: the rest would open as a coarser slide.
        series = read_series(path, name) if kind is FileKind.DICOM else None
        if kind is FileKind.DICOM and series is None:
            if not search.skip_unreadable:
                raise UnreadableInputError(
                    f"{shown(name)}: is DICOM, but not a whole-slide picture (VL Whole Slide "
                    "Microscopy Image); leave it out"
                )
            search.skipped.append(name)
        elif search.is_new(path):
            yield InputFile(path, name, kind, series)


def _one_a_series(search: _Search, whole: Iterable[InputFile]) -> list[InputFile]:
    """Of every DICOM series the first file with pixels of the slide; all other whole slides."""
    return [
        file
        for file in whole
        if file.series is None
        or (file.series.has_slide_pixels and search.is_new(file.path.parent, file.series.uid))
    ]


def _sorted_slides(search: _Search) -> tuple[SlideInput, ...]:
    slides = search.found
    if search.loose:
        name = search.loose[0].name if len(search.loose) == 1 else LOOSE_FIELDS_NAME
        slides.append(SlideInput(name, SlideKind.FIELDS, tuple(search.loose)))
    if not slides:
        raise UnreadableInputError("no picture or slide could be read; check the paths")
    slides = sorted(slides, key=lambda slide: natural_key(slide.name))
    skipped = tuple(sorted({*slides[0].skipped, *search.skipped}, key=natural_key))
    return (replace(slides[0], skipped=skipped), *slides[1:])
