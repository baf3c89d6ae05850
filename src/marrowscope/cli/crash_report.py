"""What is kept of an unexpected error: where in the code it happened, and nothing about a patient.

Messages of errors are left out, since they often hold the name of a file, and files are often
named after patients. Paths of code are cut to what lies below a folder of Python packages.
"""

import hashlib
import platform
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

HEADER = (
    "Marrowscope stopped on a bug. This file names places in the code and no file of yours.\n"
    "Messages are left out because they may name a patient; MARROWSCOPE_DEBUG=1 prints them.\n"
)


def save_crash(error: BaseException, folder: Path, version: str) -> Path:
    """Writes `folder/crash-....txt` and returns its path.

    The name is a digest of what is in it: the same crash twice is one file.
    Raises OSError where it cannot be written.
    """
    text = crash_text(error, version, sys.path)
    path = folder / f"crash-{hashlib.sha256(text.encode()).hexdigest()[:12]}.txt"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def crash_text(error: BaseException, version: str, package_folders: Sequence[str]) -> str:
    """The report as text: versions, then each error of the chain, the first one first."""
    system = f"marrowscope {version}, Python {platform.python_version()}, {platform.platform()}"
    chain = [_one_error(link, package_folders) for link in _causes_first(error)]
    return "\n".join([HEADER, system, "", *chain])


def _causes_first(error: BaseException) -> Iterator[BaseException]:
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return reversed(links)


def _one_error(error: BaseException, package_folders: Sequence[str]) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{type(error).__module__}.{type(error).__qualname__}"]
    for frame in frames:
        place = _below_packages(frame.filename, package_folders)
        lines.append(f"  {place}:{frame.lineno} in {frame.name}")
    return "\n".join(lines) + "\n"


def _below_packages(filename: str, package_folders: Sequence[str]) -> str:
    path = Path(filename)
    parents = [folder for folder in package_folders if folder and path.is_relative_to(folder)]
    if not parents:
        return path.name
    return path.relative_to(max(parents, key=len)).as_posix()
