"""Events of cases, which only grow, and uploads on their way."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# INSERT OR REPLACE deletes without asking a trigger about deletions.
_TRIGGERS = (
    """
    CREATE TRIGGER case_events_never_updated BEFORE UPDATE ON case_events
    BEGIN SELECT RAISE(ABORT, 'what happened to a case is never changed'); END
    """,
    """
    CREATE TRIGGER case_events_never_deleted BEFORE DELETE ON case_events
    BEGIN SELECT RAISE(ABORT, 'what happened to a case is never changed'); END
    """,
    """
    CREATE TRIGGER case_events_never_replaced BEFORE INSERT ON case_events
    WHEN EXISTS (SELECT 1 FROM case_events
                 WHERE seq = NEW.seq
                    OR (case_id = NEW.case_id AND version = NEW.version))
    BEGIN SELECT RAISE(ABORT, 'what happened to a case is never changed'); END
    """,
)


def upgrade() -> None:
    """Adds two tables; nothing that is there is touched."""
    op.create_table(
        "case_events",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_case_events_counts_from_one")),
        sa.PrimaryKeyConstraint("seq", name="pk_case_events"),
        sa.UniqueConstraint("case_id", "version", name="uq_case_events_case_id"),
    )
    op.create_table(
        "uploads",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(512), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_case_id", "uploads", ["case_id"])
    for trigger in _TRIGGERS:
        op.execute(trigger)
