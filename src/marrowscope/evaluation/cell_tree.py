"""A folder tree of single-cell pictures, and the table that says what its folders hold."""

import csv
import difflib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from marrowscope.errors import UnreadableInputError, UsageError
from marrowscope.slides.file_names import shown
from marrowscope.vocabulary import class_ids

COLUMNS = ("folder", "class_id")
TOP = "."
"""How a map names the folder of the tree itself."""
JUNK_FILES = frozenset({"thumbs.db", "desktop.ini"})
JUNK_FOLDERS = frozenset({"__macosx", "@eadir"})


@dataclass(frozen=True, slots=True)
class TreeCell:
    """A file of a mapped folder. path: below the tree, with forward slashes."""

    path: str
    class_id: str


@dataclass(frozen=True, slots=True)
class CellTree:
    """The cells in path order, and how many files lie in each folder that the map leaves out.

    unmatched: folders of the map, with a class, in which no file lies.
    """

    cells: tuple[TreeCell, ...]
    skipped: Mapping[str, int]
    unmatched: tuple[str, ...] = ()


def read_map(path: Path) -> dict[str, str]:
    """Class id by folder, from a table with the columns `folder,class_id`.

    A class id that is left empty stands for a folder that is left out. Raises
    UnreadableInputError where the table is missing or cannot be read, UsageError where it names
    no folder, a folder twice, or a class that the vocabulary lacks.
    """
    where = shown(path.name)
    folders: dict[str, str] = {}
    for number, row in _rows(path, where):
        folder, class_id = _folder(row["folder"]), row["class_id"]
        if not folder:
            raise UsageError(f"{where}, line {number}: names no folder; write . for the top one")
        if class_id and class_id not in class_ids():
            raise UsageError(f"{where}, line {number}: {_unknown_class(class_id)}")
        if folders.get(folder, class_id) != class_id:
            raise UsageError(
                f"{where}, line {number}: {shown(folder)} was given another class above; keep one"
            )
        folders[folder] = class_id
    if not any(folders.values()):
        raise UsageError(f"{where}: gives no folder a class; it needs a row for each folder")
    return folders


def _rows(path: Path, where: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and the two cells of each row, stripped."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UnreadableInputError(f"{where}: there is no such table; check --map") from error
    except UnicodeDecodeError as error:
        raise UnreadableInputError(f"{where}: is not text in UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise UnreadableInputError(
            f"{where}: cannot be read as a table; check --map and its permissions"
        ) from error
    lines = text.splitlines()
    head = lines[0] if lines else ""
    # Spreadsheets of countries with a decimal comma write semicolons.
    delimiter = ";" if ";" in head and "," not in head else ","
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if not set(COLUMNS) <= set(names):
            raise UsageError(f"{where}: the first line must name the columns folder,class_id")
        for cells in reader:
            row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
            if any(row.values()):
                yield reader.line_num, {name: row.get(name, "") for name in COLUMNS}
    except csv.Error as error:
        raise UsageError(f"{where}: is no table of commas ({error}); export it again") from error


def _folder(text: str) -> str:
    """A folder as its path below the tree: forward slashes, none at the ends, one way to write
    accents; "." for the tree itself, "" for nothing.
    """
    return str(PurePosixPath(text.replace("\\", "/").strip("/"))) if text else ""


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _unknown_class(class_id: str) -> str:
    near = difflib.get_close_matches(class_id.upper(), class_ids(), 1, cutoff=0.0)
    return f"no cell class is called {shown(class_id)!r}; did you mean {near[0]}?"


def list_tree(folder: Path, folders: Mapping[str, str], leave_out: Path | None = None) -> CellTree:
    """Every file below `folder` whose nearest folder named in the map has a class.

    folders: as `read_map` gives them; a key is a path below `folder` or the name of a folder
    anywhere below it. Hidden files and what operating systems leave behind are none. leave_out: a
    file that is no cell, the map itself. Links are followed.
    Raises UnreadableInputError where a folder cannot be read or none holds a file.
    """
    if not folder.is_dir():
        raise UnreadableInputError(
            f"{shown(folder.absolute().name)}: there is no such folder of cells; check --cells"
        )
    by_name = {_composed(name): class_id for name, class_id in folders.items()}
    cells: list[TreeCell] = []
    skipped: Counter[str] = Counter()
    met: set[str] = set()
    for path in _files(folder, leave_out):
        parent = PurePosixPath(path).parent
        name = _nearest(parent, by_name)
        met.add(name)
        class_id = by_name.get(name, "")
        if class_id:
            cells.append(TreeCell(path, class_id))
        else:
            skipped[str(parent)] += 1
    if not cells:
        there = ", ".join(shown(name) for name in sorted(skipped)[:3]) or "no file at all"
        raise UnreadableInputError(
            f"{shown(folder.absolute().name)}: no file lies in a folder of the map; it holds "
            f"{there}; check --cells and the column folder of --map"
        )
    unmatched = sorted(name for name, known in by_name.items() if known and name not in met)
    return CellTree(tuple(cells), dict(sorted(skipped.items())), tuple(unmatched))


def _nearest(parent: PurePosixPath, by_name: Mapping[str, str]) -> str:
    """How the map calls the nearest folder that it names, by its path or by its name, else ""."""
    for folder in (parent, *parent.parents):
        for name in map(_composed, (str(folder), folder.name)):
            if name in by_name:
                return name
    return ""


def _files(top: Path, leave_out: Path | None) -> list[str]:
    """Paths of all files that may be pictures, sorted."""
    map_file = None if leave_out is None else os.path.realpath(leave_out)
    place_of: dict[Path, str] = {}
    found: list[str] = []
    for folder, subfolders, names in os.walk(top, onerror=_refuse, followlinks=True):
        here = Path(folder)
        place_of[here] = os.path.realpath(folder)
        if any(place_of.get(above) == place_of[here] for above in here.parents):
            # A link to a folder that it lies in: it would never end.
            subfolders.clear()
            continue
        subfolders[:] = sorted(name for name in subfolders if not _is_junk(name, JUNK_FOLDERS))
        for name in names:
            path = here / name
            # A link to nowhere is told as unreadable; a pipe or a device would never end.
            is_file = path.is_file() or not path.exists()
            if is_file and not _is_junk(name, JUNK_FILES) and os.path.realpath(path) != map_file:
                found.append(path.relative_to(top).as_posix())
    return sorted(found)


def _is_junk(name: str, known: frozenset[str]) -> bool:
    return name.startswith(".") or name.lower() in known


def _refuse(problem: OSError) -> None:
    name = shown(Path(problem.filename or ".").name)
    raise UnreadableInputError(
        f"{name}: this folder of cells cannot be read ({problem.strerror}); check its permissions"
    ) from problem
