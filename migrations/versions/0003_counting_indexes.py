"""Indexes by which a batch of counting reads nothing of what a district has behind it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CARRIED = ["campaign_id", "district_id", "carried_by", "ordinal"]
# (name, table, columns, of which rows)
NEW = (
    ("ix_ledger_carried", "ledger", CARRIED, "carried_by IS NOT NULL"),
    (
        "ix_ledger_waiting",
        "ledger",
        ["campaign_id", "district_id", "ordinal"],
        "carried_by IS NULL AND left_at IS NULL",
    ),
    (
        "ix_milestones_unsealed",
        "milestones",
        ["campaign_id", "district_id", "threshold"],
        "sealed_at IS NULL",
    ),
    (
        "ix_deliveries_below",
        "deliveries",
        ["milestone_id"],
        "state = 'held' AND reason = 'below-milestone'",
    ),
)


def upgrade() -> None:
    op.drop_index("ix_ledger_carried", "ledger")
    for name, table, columns, rows in NEW:
        op.create_index(
            name, table, columns, sqlite_where=sa.text(rows), postgresql_where=sa.text(rows)
        )


def downgrade() -> None:
    for name, table, _, _ in NEW:
        op.drop_index(name, table)
    op.create_index("ix_ledger_carried", "ledger", CARRIED)
