"""Lists what lies below a folder: lazily, in the same order on every machine, once each."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from marrowscope.errors import UnreadableInputError
from marrowscope.slides.file_names import check_name, shown

HIDDEN = "hidden and system files"
TOO_DEEP = "folders nested too deep, or links that lead back"
_SYSTEM_NAMES = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_MAX_DEPTH = 8

Place = tuple[tuple[str, ...], str]
"""The folders between the walk's root and a file, outermost first, and the file's name."""


def is_hidden(name: str) -> bool:
    """True for names that file managers leave behind: nobody put them there on purpose."""
    return name.startswith(".") or name.casefold() in _SYSTEM_NAMES


def subfolders(folder: Path) -> list[str]:
    """Names of the visible folders in a folder, sorted. Raises UnreadableInputError."""
    return sorted(entry.name for entry in _entries(folder) if _is_open_folder(entry))


def files_in(folder: Path) -> list[str]:
    """Names of the visible files in a folder, sorted. Raises UnreadableInputError."""
    return sorted(
        entry.name for entry in _entries(folder) if entry.is_file() and not is_hidden(entry.name)
    )


def walk(root: Path, skipped: Counter[str]) -> Iterator[Place]:
    """Every visible file below the root; those of a folder before its subfolders, by name.

    Links to folders are followed, but never back into a folder above. What is passed over is
    counted in `skipped`. Raises UnreadableInputError.
    """
    # Each: the folders below the root, and the real paths of these and the root.
    waiting: list[tuple[tuple[str, ...], frozenset[str]]] = [
        ((), frozenset({os.path.realpath(root)}))
    ]
    while waiting:
        folders, above = waiting.pop()
        inside = []
        for entry in sorted(_entries(root.joinpath(*folders)), key=lambda entry: entry.name):
            if is_hidden(entry.name):
                skipped[HIDDEN] += 1
                continue
            check_name(Path(entry.name))
            if not entry.is_dir():
                yield folders, entry.name
                continue
            real = os.path.realpath(entry.path)
            if real in above or len(folders) + 1 > _MAX_DEPTH:
                skipped[TOO_DEEP] += 1
            else:
                inside.append(((*folders, entry.name), above | {real}))
        waiting.extend(reversed(inside))


def _is_open_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir() and not is_hidden(entry.name)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise UnreadableInputError(
            f"{shown(folder.name)}: this folder cannot be listed; check the path and its "
            "permissions"
        ) from error
