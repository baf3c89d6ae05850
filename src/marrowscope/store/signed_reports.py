"""The files of signed reports below a case's folder: `reports/<number>/…`; they never change."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

from marrowscope.errors import UnreadableInputError
from marrowscope.store.backup_archive import limits_named
from marrowscope.store.case_files import CaseFiles

REPORTS: Final = "reports"
PAGE: Final = "report.html"
PDF: Final = "report.pdf"
TEXT: Final = "report.txt"
DOCUMENT: Final = "report.json"
REPORT_FILES: Final = (PAGE, PDF, TEXT, DOCUMENT)
_STAGING: Final = ".partial"
_OWNER_ONLY: Final = 0o600
_FOLDER: Final = 0o700


class SignedReports:
    """Raises OutputError where the disk cannot be used."""

    def __init__(self, files: CaseFiles) -> None:
        self._files = files

    def folder(self, case_id: UUID, number: int) -> Path:
        """Of a version; need not be there."""
        return self._files.case_folder(case_id) / REPORTS / str(number)

    def put(self, case_id: UUID, number: int, made: Mapping[str, bytes]) -> None:
        """Writes the files of a version that is just being signed, all of them or none.

        To be called while nobody else can sign: inside the transaction that then writes the
        signature. Files that are there already are of a signature that never came about, and go.
        """
        if set(made) != set(REPORT_FILES):
            raise ValueError("a signed report has other files")
        self._files.check_room(sum(map(len, made.values())))
        target = self.folder(case_id, number)
        self._files.make_folder(target.parent)
        staging = target.parent / _STAGING
        with limits_named(target.parent):
            _remove(staging)
            staging.mkdir(mode=_FOLDER)
            for name, content in made.items():
                _write(staging / name, content)
            _sync(staging)
            _remove(target)
            staging.rename(target)
            _sync(target.parent)

    def read(self, case_id: UUID, number: int, name: str, digests: Mapping[str, str]) -> bytes:
        """A file of a signed version as it was signed.

        digests: SHA-256 by name, as the signature says. Raises UnreadableInputError where the file
        is gone or is not the one that was signed.
        """
        try:
            content = (self.folder(case_id, number) / name).read_bytes()
        except (OSError, ValueError) as error:
            raise _damaged(number, name) from error
        if name not in REPORT_FILES or digests.get(name) != _sha256(content):
            raise _damaged(number, name)
        return content


def digests_of(made: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file by its name, in hexadecimal."""
    return {name: _sha256(content) for name, content in sorted(made.items())}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(opened, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _damaged(number: int, name: str) -> UnreadableInputError:
    return UnreadableInputError(
        f"{name} of version {number} of this report is gone or damaged; restore a backup"
    )
