"""Data keys that have sealed something, each process's own, and a check of the hash key."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("key_id", sa.LargeBinary(length=4), nullable=False),
        sa.Column("used_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_data_keys")),
    )
    op.create_table(
        "hash_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_hash_checks_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hash_checks")),
    )
    op.add_column("processes", sa.Column("seals_with", sa.LargeBinary(length=4), nullable=True))


def downgrade() -> None:
    op.drop_column("processes", "seals_with")
    op.drop_table("hash_checks")
    op.drop_table("data_keys")
