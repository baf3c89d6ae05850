"""Events of validations, which only grow."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# INSERT OR REPLACE deletes without asking a trigger about deletions.
_TRIGGERS = (
    """
    CREATE TRIGGER validation_events_never_updated BEFORE UPDATE ON validation_events
    BEGIN SELECT RAISE(ABORT, 'what was said of a validation is never changed'); END
    """,
    """
    CREATE TRIGGER validation_events_never_deleted BEFORE DELETE ON validation_events
    BEGIN SELECT RAISE(ABORT, 'what was said of a validation is never changed'); END
    """,
    """
    CREATE TRIGGER validation_events_never_replaced BEFORE INSERT ON validation_events
    WHEN EXISTS (SELECT 1 FROM validation_events
                 WHERE seq = NEW.seq OR event_id = NEW.event_id)
    BEGIN SELECT RAISE(ABORT, 'what was said of a validation is never changed'); END
    """,
)


def upgrade() -> None:
    """Adds a table; nothing that is there is touched."""
    op.create_table(
        "validation_events",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_validation_events"),
        sa.UniqueConstraint("event_id", name="uq_validation_events_event_id"),
    )
    for trigger in _TRIGGERS:
        op.execute(trigger)
