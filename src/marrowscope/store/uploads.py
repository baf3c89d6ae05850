"""Uploads that go on after a lost connection or a killed server.

What was acknowledged is on the disk. How far an upload is stands in the database, and whatever
the file holds beyond that is cut off before more is added.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Engine

from marrowscope.accounts.account import Account
from marrowscope.cases.events import SlideFile
from marrowscope.cases.file_names import checked_file_name
from marrowscope.cases.refusals import UnknownCaseError, WrongOffsetError
from marrowscope.errors import UsageError
from marrowscope.store.audit_records import act_by, append_act
from marrowscope.store.backup_archive import limits_named
from marrowscope.store.case_events import CaseRecords
from marrowscope.store.case_files import CaseFiles, sha256_of
from marrowscope.store.database import reading, writing
from marrowscope.store.upload_rows import (
    Upload,
    delete_upload,
    insert_upload,
    n_bytes_to_come,
    n_uploads_of,
    update_upload,
    upload_of_id,
    uploads_before,
)

__all__ = ["LARGEST_CHUNK", "LARGEST_FILE", "MOST_OF_A_CASE", "Upload", "Uploads"]

LARGEST_CHUNK: Final = 16 * 1024 * 1024
LARGEST_FILE: Final = 1 << 40
"""Bytes; a slide of 1 TB is none."""
MOST_OF_A_CASE: Final = 5000
"""Uploads into one case that are not part of a slide yet; a DICOM series has hundreds of files."""
SWEPT_AFTER: Final = timedelta(days=7)
_OWNER_ONLY: Final = 0o600
_SHA256: Final = re.compile("[0-9a-f]{64}")


class Uploads:
    """Uploads into the cases of one database.

    Raises UnknownCaseError where there is no such case or upload, OutputError where the disk is
    full or cannot be used.
    """

    def __init__(
        self, engine: Engine, now: Callable[[], datetime], records: CaseRecords, files: CaseFiles
    ) -> None:
        self._engine = engine
        self._now = now
        self._records = records
        self._files = files

    def begin(self, case_id: UUID, name: str, n_bytes: int, *, by: Account | None) -> Upload:
        """name: of the file; `folder/name` for a part of a slide that has a folder of parts.

        Raises UsageError where the name cannot be used or the file is empty or too large.
        """
        case = self._records.case(case_id)
        if case is None or case.is_deleted:
            raise UnknownCaseError("there is no such case, or it was deleted")
        if not 0 < n_bytes <= LARGEST_FILE:
            raise UsageError("this file is empty or too large; check it and try again")
        now = self._now().astimezone(UTC)
        upload = Upload(uuid4(), case_id, checked_file_name(name), n_bytes, 0, now, now)
        path = self._files.upload_file(case_id, upload.upload_id)
        with writing(self._engine) as connection:
            if n_uploads_of(connection, case_id) >= MOST_OF_A_CASE:
                raise UsageError(f"at most {MOST_OF_A_CASE} files wait; make slides of them first")
            self._files.check_room(n_bytes + n_bytes_to_come(connection))
            self._files.make_folder(path.parent)
            with limits_named(path):
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
            insert_upload(connection, upload)
            details = {"upload_id": str(upload.upload_id), "n_bytes": n_bytes}
            append_act(connection, act_by(by, "upload_begun", str(case_id), details), now)
        return upload

    def upload(self, upload_id: UUID) -> Upload | None:
        """None where there is none, or no longer."""
        with reading(self._engine) as connection:
            return upload_of_id(connection, upload_id)

    def append(self, upload_id: UUID, offset: int, chunk: bytes) -> int:
        """Adds bytes; where the next ones go. They are on the disk when this returns.

        Raises WrongOffsetError, with the right one, where they do not continue what is there;
        UsageError where they are too many or somebody else is adding to this upload.
        """
        if len(chunk) > LARGEST_CHUNK:
            raise UsageError(f"send at most {LARGEST_CHUNK} bytes at a time")
        with self._alone(upload_id) as (upload, file):
            there = min(upload.offset, os.fstat(file).st_size)
            if upload.is_finished or offset != there:
                raise WrongOffsetError(there)
            if there + len(chunk) > upload.n_bytes:
                raise UsageError(f"this file was said to have {upload.n_bytes} bytes, not more")
            with limits_named(self._files.upload_file(upload.case_id, upload_id)):
                _write_at(file, there, chunk)
            self._note(upload_id, offset=there + len(chunk))
        return there + len(chunk)

    def finish(self, upload_id: UUID, sha256: str = "") -> SlideFile:
        """Closes it once all bytes are there; may be called again.

        sha256: what the sender has; where the file differs it has to be sent anew, and UsageError
        says so. Raises WrongOffsetError where bytes are missing.
        """
        if sha256 and not _SHA256.fullmatch(sha256.lower()):
            raise UsageError("the digest is no SHA-256 in hexadecimal")
        with self._alone(upload_id) as (upload, file):
            there = min(upload.offset, os.fstat(file).st_size)
            if there != upload.n_bytes:
                self._note(upload_id, offset=there, sha256="")
                raise WrongOffsetError(there)
            path = self._files.upload_file(upload.case_id, upload_id)
            with limits_named(path):
                os.ftruncate(file, there)
                found = sha256_of(path)
                if sha256 and found != sha256.lower():
                    os.ftruncate(file, 0)
            if sha256 and found != sha256.lower():
                self._note(upload_id, offset=0, sha256="")
                raise UsageError("this file was damaged on its way; send it again from its start")
            self._note(upload_id, sha256=found)
        return SlideFile(upload.name, upload.n_bytes, found)

    def abandon(self, upload_id: UUID) -> None:
        """Removes it; nothing happens where it is gone."""
        upload = self.upload(upload_id)
        if upload is not None:
            self._remove(upload)

    def sweep(self) -> int:
        """Removes those that nobody went on with for 7 days; how many."""
        with reading(self._engine) as connection:
            old = uploads_before(connection, self._now() - SWEPT_AFTER)
        for upload in old:
            self._remove(upload)
        return len(old)

    def _remove(self, upload: Upload) -> None:
        with writing(self._engine) as connection:
            delete_upload(connection, upload.upload_id)
        path = self._files.upload_file(upload.case_id, upload.upload_id)
        with limits_named(path):
            path.unlink(missing_ok=True)

    def _note(self, upload_id: UUID, **values: object) -> None:
        with writing(self._engine) as connection:
            update_upload(connection, upload_id, changed_at=self._now(), **values)

    @contextmanager
    def _alone(self, upload_id: UUID) -> Iterator[tuple[Upload, int]]:
        """The upload as it is while nobody else adds to it, and its open file."""
        path = self._path(upload_id)
        with limits_named(path):
            try:
                file = os.open(path, os.O_RDWR)
            except FileNotFoundError as error:
                raise _unknown() from error
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UsageError(
                    "this file is just being sent by another request; ask how far it is"
                ) from error
            upload = self.upload(upload_id)
            if upload is None:
                raise _unknown()
            yield upload, file
        finally:
            os.close(file)

    def _path(self, upload_id: UUID) -> Path:
        upload = self.upload(upload_id)
        if upload is None:
            raise _unknown()
        return self._files.upload_file(upload.case_id, upload_id)


def _write_at(file: int, offset: int, chunk: bytes) -> None:
    """All of it, on the disk; else the file is cut where it was. Raises OSError."""
    os.ftruncate(file, offset)
    rest = memoryview(chunk)
    try:
        while rest:
            n_written = os.pwrite(file, rest, offset + len(chunk) - len(rest))
            rest = rest[n_written:]
        os.fsync(file)
    except OSError:
        os.ftruncate(file, offset)
        raise


def _unknown() -> UnknownCaseError:
    return UnknownCaseError("there is no such upload any more; begin it again")
