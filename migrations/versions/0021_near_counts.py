"""How many have signed in each area, as organizations are told: once a day, in tens."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "near_counts",
        sa.Column("area", sa.String(length=15), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "people >= 0 AND people % 10 = 0", name=op.f("ck_near_counts_people_in_tens")
        ),
        sa.CheckConstraint("(area = 'all') = (people = 0)", name=op.f("ck_near_counts_area_told")),
        sa.PrimaryKeyConstraint("area", name=op.f("pk_near_counts")),
    )


def downgrade() -> None:
    op.drop_table("near_counts")
