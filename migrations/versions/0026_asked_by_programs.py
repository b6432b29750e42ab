"""What programs ask for: exports, by a token in place of an account, and ends of consents.

Going down drops the exports of programs, with their pages and downloads, and who ended a consent.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLE = "partner_exports"
TIME = sa.DateTime(timezone=True)
DUE = sa.text("due_at IS NOT NULL")
ASKED_BY = "ck_partner_exports_asked_by_one"
BY_ONE = "(user_id IS NULL) <> (token_id IS NULL)"
REFERENCE = "fk_partner_exports_token_id"
BY_PROGRAMS = f"SELECT id FROM {TABLE} WHERE token_id IS NOT NULL"
# All but the two that change.
KEPT = (
    "id, organization_id, user_id, purpose, format, campaign_id, since, total, counted, pages,"
    " last_consent_id, created_at, due_at, ready_at, expires_at"
)


# In one statement: SQLite would otherwise copy the table, and lose its triggers.
ENDED_BY = (
    "withdrawn_by VARCHAR(40) CONSTRAINT ck_consents_ended_by_another"
    " CHECK (withdrawn_by IS NULL OR withdrawn_at IS NOT NULL)"
)


def upgrade() -> None:
    op.execute(f"ALTER TABLE consents ADD COLUMN {ENDED_BY}")
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(by_programs=True)
        return
    op.add_column(TABLE, sa.Column("token_id", sa.Integer(), nullable=True))
    op.alter_column(TABLE, "user_id", existing_type=sa.Integer(), nullable=True)
    op.create_check_constraint(op.f(ASKED_BY), TABLE, BY_ONE)
    op.create_foreign_key(op.f(REFERENCE), TABLE, "api_tokens", ["token_id"], ["id"])


def downgrade() -> None:
    op.drop_column("consents", "withdrawn_by")
    for name in ("partner_export_pages", "partner_export_downloads"):
        op.execute(f"DELETE FROM {name} WHERE export_id IN ({BY_PROGRAMS})")
    op.execute(f"DELETE FROM {TABLE} WHERE token_id IS NOT NULL")
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(by_programs=False)
        return
    op.drop_constraint(op.f(REFERENCE), TABLE, type_="foreignkey")
    op.drop_constraint(op.f(ASKED_BY), TABLE, type_="check")
    op.alter_column(TABLE, "user_id", existing_type=sa.Integer(), nullable=False)
    op.drop_column(TABLE, "token_id")


def _make_anew(*, by_programs: bool) -> None:
    """Create the table again under its name: SQLite drops no NOT NULL, and others refer to it."""
    op.execute("PRAGMA defer_foreign_keys = ON")  # until the commit
    op.execute(f"CREATE TABLE before AS SELECT {KEPT} FROM {TABLE}")
    op.drop_table(TABLE)
    more: list[Any] = []
    if by_programs:
        more = [
            sa.Column("token_id", sa.Integer(), nullable=True),
            sa.CheckConstraint(BY_ONE, name=op.f(ASKED_BY)),
            _refer("token_id", "api_tokens"),
        ]
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=by_programs),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("format", sa.String(length=5), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("since", TIME, nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("last_consent_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("ready_at", TIME, nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        _check("format_known", "format IN ('csv', 'jsonl')"),
        _check("purpose_known", "purpose IN ('updates', 'contact')"),
        _check("ready_expires", "(ready_at IS NULL) = (expires_at IS NULL)"),
        _check("due_until_ready", "(due_at IS NULL) = (ready_at IS NOT NULL)"),
        _refer("organization_id", "organizations"),
        _refer("user_id", "users"),
        _refer("campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        *more,
    )
    op.create_index("ix_partner_exports_organization_id", TABLE, ["organization_id"])
    op.create_index("ix_partner_exports_due", TABLE, ["due_at"], sqlite_where=DUE)
    op.execute(f"INSERT INTO {TABLE} ({KEPT}) SELECT {KEPT} FROM before")
    op.drop_table("before")


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))


def _refer(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{TABLE}_{column}"))
