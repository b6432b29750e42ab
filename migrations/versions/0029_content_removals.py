"""Removals of content: bytes that nothing refers to leave their store after the commit."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

UNDONE = sa.text("done_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "content_removals",
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_content_removals_sha256_is_hex")),
        sa.PrimaryKeyConstraint("kind", "sha256", name=op.f("pk_content_removals")),
    )
    op.create_index(
        "ix_content_removals_asked",
        "content_removals",
        ["asked_at"],
        sqlite_where=UNDONE,
        postgresql_where=UNDONE,
    )


def downgrade() -> None:
    op.drop_table("content_removals")
