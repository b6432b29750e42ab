"""Limits of the brake that one campaign has instead of the service's."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brake_limits",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "CASE name WHEN 'quick_minutes' THEN value IS NOT NULL AND value BETWEEN 1 AND 1440"
            " WHEN 'letters_a_day' THEN value IS NULL OR value BETWEEN 1 AND 10000"
            " ELSE value IS NULL OR value BETWEEN 1 AND 100 END",
            name=op.f("ck_brake_limits_value_in_range"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_brake_limits_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "name", name=op.f("pk_brake_limits")),
    )


def downgrade() -> None:
    op.drop_table("brake_limits")
