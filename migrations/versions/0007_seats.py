"""Seats: answers are a signature once they are confirmed, and two people may share a mailbox."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LIVE = sa.text("ended_at IS NULL")
ONCE_CONFIRMED = "ended_at IS NOT NULL OR (state = 'pending') = (seat IS NULL)"
# Which of a mailbox' rows an older version can hold: the first seat, or else the latest answers.
IN_THE_WAY = (
    "SELECT mine.id FROM signatures mine JOIN signatures other"
    " ON other.campaign_id = mine.campaign_id AND other.email_digest = mine.email_digest"
    " WHERE mine.ended_at IS NULL AND other.ended_at IS NULL AND other.id <> mine.id"
)


def upgrade() -> None:
    # Each column brings its check along: SQLite tries it against the rows that there are, and
    # making the table anew would drop the triggers.
    moment = "TIMESTAMP WITH TIME ZONE" if _is_postgresql() else "DATETIME"
    op.execute(
        "ALTER TABLE signatures ADD COLUMN seat SMALLINT"
        " CONSTRAINT ck_signatures_seat_known CHECK (seat IN (1, 2))"
    )
    op.execute("UPDATE signatures SET seat = 1 WHERE ended_at IS NULL AND state <> 'pending'")
    op.execute(
        f"ALTER TABLE signatures ADD COLUMN proved_at {moment}"
        f" CONSTRAINT ck_signatures_seat_once_confirmed CHECK ({ONCE_CONFIRMED})"
    )
    op.execute(
        "UPDATE signatures SET proved_at = confirmed_at WHERE confirmed_at IS NOT NULL"
        " AND campaign_id IN (SELECT id FROM campaigns WHERE confirm_email)"
    )
    op.execute(
        "ALTER TABLE signatures ADD COLUMN name_changes SMALLINT NOT NULL DEFAULT 0"
        " CONSTRAINT ck_signatures_name_changes_few CHECK (name_changes BETWEEN 0 AND 3)"
    )
    op.add_column("signatures", sa.Column("amended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "campaigns",
        sa.Column("confirm_after_close", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _index_one_live("campaign_id", "email_digest", "seat")
    op.create_index(
        "ix_signatures_unsubscribed",
        "signatures",
        ["campaign_id", "email_digest"],
        sqlite_where=sa.text("unsubscribed_at IS NOT NULL"),
        postgresql_where=sa.text("unsubscribed_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Second seats are withdrawn and spare answers expire: before, a mailbox signed once."""
    _end("expired", "pending", "other.seat IS NOT NULL OR other.id > mine.id", due="NULL")
    for state in ("confirmed", "located", "review", "counted"):
        _end("withdrawn", state, "mine.seat = 2 AND other.seat = 1", due="CURRENT_TIMESTAMP")
    op.drop_index("ix_signatures_unsubscribed", "signatures")
    _index_one_live("campaign_id", "email_digest")
    op.drop_column("campaigns", "confirm_after_close")
    op.drop_column("signatures", "amended_at")
    op.drop_column("signatures", "name_changes")
    if _is_postgresql():
        op.drop_constraint("ck_signatures_seat_once_confirmed", "signatures")
    op.drop_column("signatures", "proved_at")
    op.drop_column("signatures", "seat")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _index_one_live(*columns: str) -> None:
    op.drop_index("uq_signatures_one_live", "signatures")
    op.create_index(
        "uq_signatures_one_live",
        "signatures",
        list(columns),
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def _end(ended: str, state: str, where: str, due: str) -> None:
    op.execute(
        f"UPDATE signatures SET state = '{ended}', ended_at = CURRENT_TIMESTAMP, due_at = {due}"
        f" WHERE state = '{state}' AND id IN ({IN_THE_WAY} AND ({where}))"
    )
