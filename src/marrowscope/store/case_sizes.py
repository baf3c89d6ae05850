"""How much of the disk the files of a case take."""

import os
import stat
from pathlib import Path


def bytes_in(folder: Path) -> int:
    """Of all files in a folder and below; 0 where there is none. Links are not followed.

    Files that go meanwhile, or cannot be looked at, are not counted.
    """
    return sum(_size(Path(above) / name) for above, _, names in os.walk(folder) for name in names)


def _size(path: Path) -> int:
    try:
        found = path.lstat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0
