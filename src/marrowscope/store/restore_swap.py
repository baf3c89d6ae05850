"""Puts what was restored in place of what is there: all of it or nothing, also after a kill.

What is to be moved is written into a plan first. While the plan is there nobody opens the
database, and whoever restores next moves everything back before anything else.
"""

import json
import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from marrowscope.store.backup_archive import CASES, CODING, SETTINGS
from marrowscope.store.database import FILE as DATABASE
from marrowscope.store.database import PLAN, RESTORING, SIDE_FILES

UNITS = (DATABASE, SETTINGS, CODING, CASES)
"""What is replaced as a whole: two files and two folders."""
_WITH_DATABASE = (*(DATABASE + end for end in SIDE_FILES), CASES)
"""What belongs to the database that was there, and means nothing to another one."""


def staging_of(home: Path) -> Path:
    """A new, empty folder for the files to be put in place; to be called inside `held_alone`.

    What a restore that was cut off has left is put right first.
    """
    staging = home / RESTORING
    if (staging / PLAN).exists():
        _undo(staging, home)
    remove_staging(home)
    new = staging / "new"
    new.mkdir(parents=True)
    (staging / "old").mkdir()
    return new


def remove_staging(home: Path) -> None:
    """Removes it, but for what it holds of before: that is kept aside."""
    staging = home / RESTORING
    if not staging.exists() or (staging / PLAN).exists():
        # With its plan still there it could not be undone: whoever restores next tries again.
        return
    old = staging / "old"
    if old.exists() and any(old.iterdir()):
        old.rename(_free_name(home, "before-restore"))
    shutil.rmtree(staging)


def in_the_way(home: Path, units: Sequence[str]) -> list[str]:
    """Which of the units are there already."""
    return [unit for unit in units if (home / unit).exists()]


def put_in_place(home: Path, units: Sequence[str], now: datetime) -> Path | None:
    """Moves the units from the staging folder into the home.

    Returns the folder where what was there before is kept, None where nothing was. Raises OSError;
    then the home is as it was.
    """
    staging = home / RESTORING
    names = [*units, *(one for one in _WITH_DATABASE if DATABASE in units and one not in units)]
    plan = {"put": list(units), "aside": in_the_way(home, names)}
    _write_synced(staging / "plan.new", json.dumps(plan))
    (staging / "plan.new").rename(staging / PLAN)
    try:
        _sync(staging)
        for name in plan["aside"]:
            (home / name).rename(staging / "old" / name)
        for name in units:
            (staging / "new" / name).rename(home / name)
        _sync(home)
        (staging / PLAN).unlink()
    except BaseException:
        _undo(staging, home)
        raise
    if not plan["aside"]:
        return None
    kept = _free_name(home, f"before-restore-{now:%Y%m%d-%H%M%S}")
    (staging / "old").rename(kept)
    return kept


def _undo(staging: Path, home: Path) -> None:
    plan = json.loads((staging / PLAN).read_text(encoding="utf-8"))
    for name in plan["put"]:
        if not (staging / "new" / name).exists() and (home / name).exists():
            (home / name).rename(staging / "new" / name)
    for name in plan["aside"]:
        if (staging / "old" / name).exists():
            (staging / "old" / name).rename(home / name)
    _sync(home)
    (staging / PLAN).unlink()


def _free_name(home: Path, start: str) -> Path:
    """Two restores may fall into one second."""
    path, n = home / start, 1
    while path.exists():
        n += 1
        path = home / f"{start}-{n}"
    return path


def _write_synced(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
