"""How many signatures have left a campaign's count, as the public is told."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "public_removals",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('left', 'checked', 'read')", name=op.f("ck_public_removals_kind_known")
        ),
        sa.CheckConstraint(
            "people >= 0 AND people % 10 = 0", name=op.f("ck_public_removals_people_in_tens")
        ),
        sa.CheckConstraint(
            "(kind = 'read') = (people = 0)", name=op.f("ck_public_removals_number_told")
        ),
        sa.CheckConstraint("since <= until", name=op.f("ck_public_removals_days_in_order")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_public_removals_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "kind", "since", name=op.f("pk_public_removals")),
    )


def downgrade() -> None:
    op.drop_table("public_removals")
