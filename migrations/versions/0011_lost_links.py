"""Links of an address: a request names no campaign, and is answered in the form's language."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "asks", sa.Column("language", sa.String(length=5), server_default="en", nullable=False)
    )
    with op.batch_alter_table("asks") as asks:
        asks.drop_constraint("fk_asks_campaign_id", type_="foreignkey")
        asks.drop_column("campaign_id")
    op.add_column("mails", sa.Column("language", sa.String(length=5), nullable=True))


def downgrade() -> None:
    op.drop_column("mails", "language")
    # A request without a campaign is answered with its first signature's: the rest may ask again.
    op.add_column("asks", sa.Column("campaign_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE asks SET campaign_id = (SELECT min(signatures.campaign_id) FROM signatures"
        " WHERE signatures.email_digest = asks.email_digest)"
    )
    op.execute(
        "UPDATE asks SET campaign_id = (SELECT min(id) FROM campaigns) WHERE campaign_id IS NULL"
    )
    op.execute("DELETE FROM asks WHERE campaign_id IS NULL")
    with op.batch_alter_table("asks") as asks:
        asks.alter_column("campaign_id", existing_type=sa.Integer(), nullable=False)
        asks.create_foreign_key("fk_asks_campaign_id", "campaigns", ["campaign_id"], ["id"])
        asks.drop_column("language")
