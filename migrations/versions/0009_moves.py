"""Who moves after a letter has named them, or for the second time, waits."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "signatures",
        sa.Column("moved", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("signatures", sa.Column("waits_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_signatures_waiting",
        "signatures",
        ["waits_until"],
        sqlite_where=sa.text("waits_until IS NOT NULL"),
        postgresql_where=sa.text("waits_until IS NOT NULL"),
    )
    op.create_index(
        "ix_signatures_ended",
        "signatures",
        ["campaign_id", "email_digest"],
        sqlite_where=sa.text("ended_at IS NOT NULL"),
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_table(
        "named_mailboxes",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(length=32), nullable=False),
        sa.Column("layer", sa.String(length=8), nullable=False),
        sa.Column("division_id", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_named_mailboxes_campaign_id")
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "mailbox", "layer", "division_id", name=op.f("pk_named_mailboxes")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_named_mailboxes_until", "named_mailboxes", ["until"])


def downgrade() -> None:
    op.drop_table("named_mailboxes")
    op.drop_index("ix_signatures_ended", "signatures")
    op.drop_index("ix_signatures_waiting", "signatures")
    op.drop_column("signatures", "waits_until")
    op.drop_column("signatures", "moved")
