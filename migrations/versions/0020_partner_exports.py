"""Partner exports, their downloads, the e-mails about them, and how far changes were applied."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

IDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
DUE = sa.text("due_at IS NOT NULL")
BEFORE = (
    "'invitation', 'reset', 'new-place', 'password', 'recovery', 'factor-reset', 'application',"
    " 'webhook'"
)


def upgrade() -> None:
    _make_exports()
    _make_downloads()
    op.create_table(
        "feed_cursors",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("applied_number", sa.Integer(), nullable=False),
        sa.Column("applied_at", TIME, nullable=False),
        _check("feed_cursors", "number_positive", "applied_number > 0"),
        _refer("feed_cursors", "organization_id", "organizations"),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_feed_cursors")),
    )
    rules = _load_rules()
    rules.create(_refuse_back(rules))
    with op.batch_alter_table("account_mails") as table:
        table.add_column(sa.Column("export_id", sa.Integer(), nullable=True))
        table.drop_constraint(op.f("ck_account_mails_kind_known"), type_="check")
        table.create_check_constraint(
            op.f("ck_account_mails_kind_known"), f"kind IN ({BEFORE}, 'export')"
        )
        table.create_check_constraint(
            op.f("ck_account_mails_export_named"), "(kind = 'export') = (export_id IS NOT NULL)"
        )
        table.create_foreign_key(
            op.f("fk_account_mails_export_id"), "partner_exports", ["export_id"], ["id"]
        )


def downgrade() -> None:
    op.execute("DELETE FROM account_mails WHERE kind = 'export'")
    with op.batch_alter_table("account_mails") as table:
        table.drop_constraint(op.f("fk_account_mails_export_id"), type_="foreignkey")
        table.drop_constraint(op.f("ck_account_mails_export_named"), type_="check")
        table.drop_constraint(op.f("ck_account_mails_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_account_mails_kind_known"), f"kind IN ({BEFORE})")
        table.drop_column("export_id")
    rules = _load_rules()
    rules.drop(_refuse_back(rules))
    for name in (
        "feed_cursors",
        "partner_export_downloads",
        "partner_export_pages",
        "partner_exports",
    ):
        op.drop_table(name)


def _make_exports() -> None:
    op.create_table(
        "partner_exports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
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
        _check("partner_exports", "format_known", "format IN ('csv', 'jsonl')"),
        _check("partner_exports", "purpose_known", "purpose IN ('updates', 'contact')"),
        _check("partner_exports", "ready_expires", "(ready_at IS NULL) = (expires_at IS NULL)"),
        _check("partner_exports", "due_until_ready", "(due_at IS NULL) = (ready_at IS NOT NULL)"),
        _refer("partner_exports", "organization_id", "organizations"),
        _refer("partner_exports", "user_id", "users"),
        _refer("partner_exports", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_exports")),
    )
    op.create_index("ix_partner_exports_organization_id", "partner_exports", ["organization_id"])
    op.create_index(
        "ix_partner_exports_due",
        "partner_exports",
        ["due_at"],
        sqlite_where=DUE,
        postgresql_where=DUE,
    )
    op.create_table(
        "partner_export_pages",
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("consent_ids", sa.JSON(), nullable=False),
        _refer("partner_export_pages", "export_id", "partner_exports"),
        sa.PrimaryKeyConstraint("export_id", "number", name=op.f("pk_partner_export_pages")),
    )


def _make_downloads() -> None:
    table = "partner_export_downloads"
    op.create_table(
        table,
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("access_id", IDS, nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("size", IDS, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        _check(table, "number_known", "number BETWEEN 1 AND 2"),
        _check(
            table,
            "whole",
            "(sha256 IS NULL) = (size IS NULL) AND (sha256 IS NULL) = (people IS NULL)",
        ),
        _check(table, "whole_ended", "sha256 IS NULL OR ended_at IS NOT NULL"),
        _refer(table, "export_id", "partner_exports"),
        _refer(table, "access_id", "accesses"),
        sa.PrimaryKeyConstraint("export_id", "number", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("access_id", name=op.f(f"uq_{table}_access_id")),
    )


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _refuse_back(rules: Any) -> Any:
    # 7, no consent, no data: what was confirmed as applied stays so.
    return rules.Rule(
        "feed_cursors_refuse_back",
        "UPDATE",
        "feed_cursors",
        "a cursor only goes forward",
        row="NEW.applied_number < OLD.applied_number",
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _refer(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))
