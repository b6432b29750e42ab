"""What waits for a person, by cause, and who is told by e-mail."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
OPEN = sa.text("ended_at IS NULL")
NEEDED = sa.text("state IN ('unknown', 'failed', 'bounced', 'held')")
BEFORE = (
    "'invitation', 'reset', 'new-place', 'password', 'recovery', 'factor-reset', 'application',"
    " 'export', 'webhook', 'refusal'"
)


def upgrade() -> None:
    _make_causes()
    op.create_table(
        "attention_digests",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chosen_at", TIME, nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        _refer("attention_digests", "user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_attention_digests")),
    )
    op.create_index(
        "ix_deliveries_needed",
        "deliveries",
        ["state", "milestone_id"],
        sqlite_where=NEEDED,
        postgresql_where=NEEDED,
    )
    with op.batch_alter_table("account_mails") as table:
        table.add_column(sa.Column("cause_id", sa.Integer(), nullable=True))
        table.drop_constraint(op.f("ck_account_mails_kind_known"), type_="check")
        table.create_check_constraint(
            op.f("ck_account_mails_kind_known"), f"kind IN ({BEFORE}, 'digest', 'alert')"
        )
        table.create_check_constraint(
            op.f("ck_account_mails_cause_named"), "(kind = 'alert') = (cause_id IS NOT NULL)"
        )
        table.create_foreign_key(
            op.f("fk_account_mails_cause_id"), "attention_causes", ["cause_id"], ["id"]
        )


def downgrade() -> None:
    op.execute("DELETE FROM account_mails WHERE kind IN ('digest', 'alert')")
    with op.batch_alter_table("account_mails") as table:
        table.drop_constraint(op.f("fk_account_mails_cause_id"), type_="foreignkey")
        table.drop_constraint(op.f("ck_account_mails_cause_named"), type_="check")
        table.drop_constraint(op.f("ck_account_mails_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_account_mails_kind_known"), f"kind IN ({BEFORE})")
        table.drop_column("cause_id")
    op.drop_index("ix_deliveries_needed", table_name="deliveries")
    op.drop_table("attention_digests")
    op.drop_table("attention_causes")


def _make_causes() -> None:
    table = "attention_causes"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=20), server_default="", nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("detail", sa.String(length=200), server_default="", nullable=False),
        sa.Column("found_at", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("assigned_to", sa.Integer(), nullable=True),
        sa.Column("assigned_at", TIME, nullable=True),
        sa.Column("deferred_until", TIME, nullable=True),
        sa.Column("deferred_number", sa.Integer(), nullable=True),
        sa.Column("told_at", TIME, nullable=True),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        _check(table, "number_counted", "number >= 0"),
        _check(table, "assigned_dated", "(assigned_to IS NULL) = (assigned_at IS NULL)"),
        _check(table, "deferred_counted", "(deferred_until IS NULL) = (deferred_number IS NULL)"),
        _check(table, "deferred_not_grown", "deferred_number IS NULL OR number <= deferred_number"),
        _check(
            table,
            "ended_is_free",
            "ended_at IS NULL OR (assigned_to IS NULL AND deferred_until IS NULL)",
        ),
        _refer(table, "campaign_id", "campaigns"),
        _refer(table, "assigned_to", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("key", name=op.f(f"uq_{table}_key")),
    )
    op.create_index(
        "ix_attention_causes_open", table, ["name"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _refer(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))
