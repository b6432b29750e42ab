"""Mailbox mails: when a mailbox was mailed, so that nobody can have it flooded."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailbox_mails",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(length=32), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_mails")),
    )
    op.create_index("ix_mailbox_mails_mailbox", "mailbox_mails", ["mailbox", "asked", "sent_at"])
    op.create_index("ix_mailbox_mails_sent_at", "mailbox_mails", ["sent_at"])


def downgrade() -> None:
    op.drop_table("mailbox_mails")
