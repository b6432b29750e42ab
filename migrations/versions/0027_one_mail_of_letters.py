"""One mail of all letters: which row's mail told of a letter, and one such mail at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "mails",
        sa.Column("told_with", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_mails_one_telling ON mails (signature_id)"
        " WHERE told_with = id AND due_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_index("uq_mails_one_telling", table_name="mails")
    op.drop_column("mails", "told_with")
