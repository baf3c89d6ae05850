"""Which split a cell belongs to where its source states none."""

import hashlib
from collections.abc import Callable
from pathlib import PurePosixPath

SplitOf = Callable[[str, str], str]
"""The split of a cell by its image set and the name that stays with it."""

SPLITS = ("train", "val", "test")
_TRAIN_PERCENT, _VAL_PERCENT = 80, 10
_WORDS = {"train": "train", "training": "train", "val": "val", "valid": "val", "test": "test"} | {
    "validation": "val",
    "testing": "test",
}


def split_of_name(name: str) -> str:
    """80 % train, 10 % val, 10 % test, by a digest of the name without folder and extension.

    The same name is in the same split for ever, in whatever folder and format it lies, so a cell
    that was copied or relabelled never stands on both sides. Pictures of one patient part: no
    name tells them. Never change this: every score of a model made before would leak.
    """
    digest = hashlib.sha256(PurePosixPath(name).stem.encode("utf-8")).digest()
    percent = int.from_bytes(digest[:8], "big") % 100
    if percent < _TRAIN_PERCENT:
        return "train"
    return "val" if percent < _TRAIN_PERCENT + _VAL_PERCENT else "test"


def split_by_name(image_set: str, name: str) -> str:
    """By the name alone: the same picture in two sets is in one split."""
    return split_of_name(name)


def stated_split(folders: tuple[str, ...]) -> str | None:
    """The split that one of the folders is named after, the outermost first; else None."""
    found = (_WORDS.get(folder.casefold()) for folder in folders)
    return next((split for split in found if split), None)
