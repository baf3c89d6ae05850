"""What a training keeps in its folder, so that a stopped one goes on and none spoils another."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from marrowscope.errors import OutputError, UnreadableInputError, UsageError


def make_folder(out: Path) -> None:
    """Raises OutputError where it cannot be made."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise OutputError(f"{out.name[:60]}: cannot be made a folder ({reason})") from error


def check_recipe(noted: Path, text: str) -> None:
    """Raises UsageError where the folder holds a training by another recipe than `text`.

    noted: the file that says by which; `save_text` writes it once there is something to learn from.
    """
    if not noted.exists():
        return
    with damaged_named(noted):
        is_same = noted.read_text(encoding="utf-8") == text
    if not is_same:
        raise UsageError(
            f"{noted.parent.name} holds a training by another recipe (see {noted.name} in it): "
            "choose another folder, or delete this one to begin anew"
        )


def save_text(text: str, path: Path) -> None:
    """Writes beside the file first, so that a stop in the middle leaves the older one."""
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def save_state(state: object, path: Path) -> None:
    """As `save_text`, for what PyTorch saves."""
    unfinished = path.with_suffix(".part")
    torch.save(state, unfinished)
    unfinished.replace(path)


@contextmanager
def damaged_named(path: Path) -> Iterator[None]:
    """Says which file of an earlier training cannot be used (UnreadableInputError)."""
    try:
        yield
    except (
        OSError,
        RuntimeError,
        EOFError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        pickle.UnpicklingError,
    ) as error:
        raise UnreadableInputError(
            f"{path.name} of the output folder is damaged: delete it to train that part anew"
        ) from error
