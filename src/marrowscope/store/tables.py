"""The tables of `marrowscope.sqlite` as they are now; `migrations` brings any older one there."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as UTC text with microseconds: sorts as it reads."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Into the database. Raises ValueError on a time without zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Out of the database."""
        return None if value is None else datetime.fromisoformat(value)


METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("account_id", Uuid, primary_key=True),
    Column("user_name", String(64), nullable=False, unique=True),
    Column("full_name", String(128), nullable=False),
    Column("initials", String(8), nullable=False),
    # Names of roles in order, parted by blanks.
    Column("roles", String(128), nullable=False),
    Column("is_disabled", Boolean, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("password_hash", String(256), nullable=False),
    Column("created_at", Moment, nullable=False),
)
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token_sha256", String(64), primary_key=True),
    Column("account_id", Uuid, ForeignKey(ACCOUNTS.c.account_id), nullable=False, index=True),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("is_locked", Boolean, nullable=False),
)
SIGN_IN_FAILURES = Table(
    "sign_in_failures",
    METADATA,
    Column("failure_id", Integer, primary_key=True),
    # A digest: somebody may have typed the password where the name belongs.
    Column("user_name_sha256", String(64), nullable=False, index=True),
    Column("source", String(64), nullable=False, index=True),
    Column("at", Moment, nullable=False),
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    # Text, as it stands in the digest; no foreign key, so that nothing else can hold it up.
    Column("actor", String(36)),
    Column("actor_name", String(128), nullable=False),
    Column("act", String(64), nullable=False),
    Column("about", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    CheckConstraint("seq > 0", name="counts_from_one"),
)
CASE_EVENTS = Table(
    "case_events",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    # JSON, as `cases.event_json` writes it.
    Column("event", Text, nullable=False),
    CheckConstraint("version > 0", name="counts_from_one"),
    UniqueConstraint("case_id", "version"),
)
REVIEW_EVENTS = Table(
    "review_events",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("analysis_id", Uuid, nullable=False),
    # Counts the events of one analysis.
    Column("number", Integer, nullable=False),
    Column("event_id", Uuid, nullable=False, unique=True),
    # JSON, as `cases.review_json` writes it.
    Column("event", Text, nullable=False),
    CheckConstraint("number > 0", name="counts_from_one"),
    UniqueConstraint("case_id", "analysis_id", "number"),
)
VALIDATION_EVENTS = Table(
    "validation_events",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("event_id", Uuid, nullable=False, unique=True),
    # JSON, as `cases.validation_json` writes it.
    Column("event", Text, nullable=False),
)
UPLOADS = Table(
    "uploads",
    METADATA,
    Column("upload_id", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False, index=True),
    Column("name", String(512), nullable=False),
    Column("n_bytes", BigInteger, nullable=False),
    # Bytes that are on the disk for good.
    Column("offset", BigInteger, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    # Empty until all bytes are there.
    Column("sha256", String(64), nullable=False),
)
