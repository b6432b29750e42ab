"""One-use answers: the question after signing is answered once, and asking for a link is one row.

- ``signatures.question_number``: a link that asks carries the number that it is good for.
- ``asks``: who asked for a lost link; looked up later, by whoever sends the mails.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "signatures",
        sa.Column("question_number", sa.Integer(), server_default="0", nullable=False),
    )
    op.create_table(
        "asks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("email_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_asks_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asks")),
    )


def downgrade() -> None:
    op.drop_table("asks")
    op.drop_column("signatures", "question_number")
