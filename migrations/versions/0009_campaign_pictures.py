"""Pictures of a campaign's page: one of its own, and one beside each section."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign_pictures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.Integer(), nullable=False),
        sa.Column("alt", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.CheckConstraint("alt <> ''", name=op.f("ck_campaign_pictures_alt_said")),
        sa.CheckConstraint("section >= 0", name=op.f("ck_campaign_pictures_section_counted")),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_campaign_pictures_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_pictures")),
        sa.UniqueConstraint(
            "campaign_id", "section", name=op.f("uq_campaign_pictures_campaign_id_section")
        ),
    )


def downgrade() -> None:
    op.drop_table("campaign_pictures")
