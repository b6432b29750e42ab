"""Where a post was read from last, and the rosters that staff upload."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None

IDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "posts", sa.Column("source", sa.String(length=200), server_default="", nullable=False)
    )
    op.add_column("posts", sa.Column("checked_on", sa.Date(), nullable=True))
    op.create_table(
        "roster_uploads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", IDS, nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("imported_at", TIME, nullable=True),
        sa.Column("imported_by", sa.String(length=80), nullable=True),
        _check("checked_once", "(report IS NULL) <> (failure IS NULL)"),
        _check("imported_checked", "imported_at IS NULL OR report IS NOT NULL"),
        _check("not_empty", "size > 0"),
        _refer("roster_uploads", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_uploads")),
    )
    op.create_table(
        "roster_pieces",
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _refer("roster_pieces", "upload_id", "roster_uploads"),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_roster_pieces")),
    )


def downgrade() -> None:
    op.drop_table("roster_pieces")
    op.drop_table("roster_uploads")
    op.drop_column("posts", "checked_on")
    op.drop_column("posts", "source")


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_roster_uploads_{name}"))


def _refer(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))
