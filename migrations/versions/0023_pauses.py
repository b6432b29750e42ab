"""Pauses: since when no letters are made and sent, of one campaign or of all."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_pauses_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    # One of a campaign, and one of all, is in force at a time.
    op.execute(
        "CREATE UNIQUE INDEX uq_pauses_in_force ON pauses (coalesce(campaign_id, 0))"
        " WHERE ended_at IS NULL"
    )


def downgrade() -> None:
    op.drop_table("pauses")
