"""Tells layouts apart by the folders that they name after their classes."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path

from marrowscope.evaluation.crop_layouts.folder_walk import subfolders, walk
from marrowscope.evaluation.crop_layouts.picture_file import is_picture_name


def class_folders(folder: Path, codes: Collection[str]) -> list[str]:
    """The subfolders named after codes; none where they are fewer than half of the subfolders.

    So a folder of other things that happens to hold one of that name is not mistaken for a set.
    """
    names = subfolders(folder)
    found = [name for name in names if name in codes]
    return found if 2 * len(found) >= len(names) else []


def first_picture(folder: Path) -> str | None:
    """Name of the first picture in a folder or below it; None where there is none."""
    return next((name for _, name in walk(folder, Counter()) if is_picture_name(name)), None)
