"""Uploads as rows, and what is asked of them inside a transaction."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update

from marrowscope.store.tables import UPLOADS


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way.

    n_bytes: when whole. offset: bytes that are there. sha256: "" until it is finished.
    """

    upload_id: UUID
    case_id: UUID
    name: str
    n_bytes: int
    offset: int
    begun_at: datetime
    changed_at: datetime
    sha256: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether it can become a slide."""
        return self.sha256 != ""


_UPLOAD: Final = tuple(UPLOADS.c[field.name] for field in fields(Upload))


def upload_of_id(connection: Connection, upload_id: UUID) -> Upload | None:
    """None where there is none."""
    row = connection.execute(select(*_UPLOAD).where(UPLOADS.c.upload_id == upload_id)).first()
    return None if row is None else Upload(*row)


def uploads_before(connection: Connection, moment: datetime) -> tuple[Upload, ...]:
    """Those with which nobody went on since."""
    rows = connection.execute(select(*_UPLOAD).where(UPLOADS.c.changed_at < moment))
    return tuple(Upload(*row) for row in rows)


def n_bytes_to_come(connection: Connection) -> int:
    """Of all uploads together."""
    query = select(func.coalesce(func.sum(UPLOADS.c.n_bytes - UPLOADS.c.offset), 0))
    return int(connection.execute(query).scalar_one())


def n_uploads_of(connection: Connection, case_id: UUID) -> int:
    """Into one case, finished ones too."""
    query = select(func.count()).select_from(UPLOADS).where(UPLOADS.c.case_id == case_id)
    return int(connection.execute(query).scalar_one())


def insert_upload(connection: Connection, upload: Upload) -> None:
    """Adds it."""
    values = {column.name: getattr(upload, column.name) for column in _UPLOAD}
    connection.execute(insert(UPLOADS).values(values))


def update_upload(connection: Connection, upload_id: UUID, **values: Any) -> None:
    """Writes some of its columns."""
    connection.execute(update(UPLOADS).where(UPLOADS.c.upload_id == upload_id).values(**values))


def delete_upload(connection: Connection, upload_id: UUID) -> None:
    """Forgets it."""
    connection.execute(delete(UPLOADS).where(UPLOADS.c.upload_id == upload_id))


def delete_uploads_of(connection: Connection, case_id: UUID) -> None:
    """Forgets those into one case."""
    connection.execute(delete(UPLOADS).where(UPLOADS.c.case_id == case_id))
