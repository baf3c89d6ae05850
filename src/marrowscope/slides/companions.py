"""Files and folders that belong to a slide beside them and are no input of their own."""

import os
from pathlib import Path

from marrowscope.errors import UnreadableInputError
from marrowscope.slides.file_names import shown

_IGNORED_SUFFIXES = frozenset(
    {".txt", ".csv", ".tsv", ".json", ".geojson", ".xml", ".md", ".db", ".log"}
    # Results of an earlier run that were written beside the pictures.
    | {".html", ".parquet"}
)
_IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini", "dicomdir"})
_INDEX_SUFFIXES = frozenset({".vms", ".vmu"})
# The index of a Hamamatsu VMS slide lists some hundred tile files.
_MAX_INDEX_BYTES = 4_000_000


def is_ignored(name: str) -> bool:
    """True for hidden files, notes and what operating systems leave behind."""
    folded = name.casefold()
    return (
        name.startswith(".")
        or folded in _IGNORED_NAMES
        or os.path.splitext(folded)[1] in _IGNORED_SUFFIXES  # noqa: PTH122 (a name, not a path)
    )


def companion_names(files: list[Path]) -> frozenset[str]:
    """Names in a folder that its slides need: MRXS folders, tiles and macro of VMS slides."""
    names: set[str] = set()
    for path in files:
        suffix = path.suffix.lower()
        if suffix == ".mrxs":
            names.add(path.stem)
        if suffix in _INDEX_SUFFIXES and path.is_file():
            names |= _listed_in_index(path)
    return frozenset(names)


def _listed_in_index(path: Path) -> set[str]:
    """File names that stand as values in an INI-like index file."""
    try:
        with path.open("rb") as stream:
            text = stream.read(_MAX_INDEX_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise UnreadableInputError(
            f"{shown(path.name)}: cannot be read; check its permissions"
        ) from error
    values = (line.partition("=")[2].strip() for line in text.splitlines())
    return {value for value in values if value}
