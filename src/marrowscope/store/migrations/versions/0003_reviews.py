"""Events of reviews, which only grow."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# INSERT OR REPLACE deletes without asking a trigger about deletions.
_TRIGGERS = (
    """
    CREATE TRIGGER review_events_never_updated BEFORE UPDATE ON review_events
    BEGIN SELECT RAISE(ABORT, 'what a reader did is never changed'); END
    """,
    """
    CREATE TRIGGER review_events_never_deleted BEFORE DELETE ON review_events
    BEGIN SELECT RAISE(ABORT, 'what a reader did is never changed'); END
    """,
    """
    CREATE TRIGGER review_events_never_replaced BEFORE INSERT ON review_events
    WHEN EXISTS (SELECT 1 FROM review_events
                 WHERE seq = NEW.seq OR event_id = NEW.event_id)
      OR EXISTS (SELECT 1 FROM review_events
                 WHERE case_id = NEW.case_id AND analysis_id = NEW.analysis_id
                   AND number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'what a reader did is never changed'); END
    """,
)


def upgrade() -> None:
    """Adds a table; nothing that is there is touched."""
    op.create_table(
        "review_events",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("analysis_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_review_events_counts_from_one")),
        sa.PrimaryKeyConstraint("seq", name="pk_review_events"),
        sa.UniqueConstraint("case_id", "analysis_id", "number", name="uq_review_events_case_id"),
        sa.UniqueConstraint("event_id", name="uq_review_events_event_id"),
    )
    for trigger in _TRIGGERS:
        op.execute(trigger)
