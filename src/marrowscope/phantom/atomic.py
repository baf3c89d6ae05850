"""Files that appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from marrowscope.errors import OutputError


@contextmanager
def appearing_together(targets: tuple[Path, ...]) -> Iterator[tuple[Path, ...]]:
    """Temporary paths beside the targets, which take their names only if the block ends well.

    All targets lie in one folder, which must exist; files already there are replaced. However the
    block ends, no temporary file stays.
    Raises OutputError, naming the cause, where writing fails with an OSError.
    """
    folder = targets[0].parent
    parts = tuple(folder / f".phantom-{os.getpid()}-{k}.partial" for k in range(len(targets)))
    renamed: list[Path] = []
    is_complete = False
    try:
        yield parts
        for part, target in zip(parts, targets, strict=True):
            part.replace(target)
            renamed.append(target)
        is_complete = True
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"cannot write {targets[-1]}: {reason}; free some space or choose another folder"
        ) from error
    finally:
        for leftover in parts if is_complete else (*parts, *renamed):
            if leftover.exists():  # also false where the folder is none
                leftover.unlink()
