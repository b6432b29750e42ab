"""Uploaded lists of organizations, where answers to messages go, and e-mails about refusals."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

IDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
LIVE = "undone_at IS NULL"
KINDS_BEFORE = (
    "'invitation', 'reset', 'new-place', 'password', 'recovery', 'factor-reset', 'application',"
    " 'export', 'webhook'"
)
DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    _add_refusals()
    # Not by a batch: its copy of the table would have no triggers on SQLite.
    op.execute(
        "ALTER TABLE relay_messages ADD COLUMN answers_to VARCHAR(7) DEFAULT 'contact' NOT NULL"
        " CONSTRAINT ck_relay_messages_answers_to_known"
        " CHECK (answers_to IN ('contact', 'sender'))"
    )
    op.drop_index("uq_import_batches_one_live", table_name="import_batches")
    # Nor this one, to which rows of other tables refer.
    op.execute(
        "ALTER TABLE import_batches ADD COLUMN uploaded BOOLEAN DEFAULT false NOT NULL"
        " CONSTRAINT ck_import_batches_uploads_of_groups"
        " CHECK (NOT uploaded OR (organization_id IS NOT NULL AND NOT vouched))"
    )
    _make_unique("one_live", ["campaign_id", "sha256"], f"{LIVE} AND NOT uploaded")
    _make_unique("one_upload", ["campaign_id", "organization_id", "sha256"], f"{LIVE} AND uploaded")
    _make_uploads()
    op.create_table(
        "import_pieces",
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(length=16), nullable=False),
        _check("import_pieces", "kind_known", "kind IN ('list', 'refused')"),
        _refer("import_pieces", "upload_id", "import_uploads"),
        sa.PrimaryKeyConstraint("upload_id", "kind", "number", name=op.f("pk_import_pieces")),
    )


def downgrade() -> None:
    op.execute("ALTER TABLE relay_messages DROP COLUMN answers_to")
    op.execute("DELETE FROM account_mails WHERE kind = 'refusal'")
    _change_kinds(KINDS_BEFORE, "kind = 'application'")
    op.drop_table("import_pieces")
    op.drop_table("import_uploads")
    for name in ("one_live", "one_upload"):
        op.drop_index(f"uq_import_batches_{name}", table_name="import_batches")
    # Of the same bytes for one campaign, those that were uploaded count as undone.
    op.execute("UPDATE import_batches SET undone_at = started_at WHERE uploaded AND " + LIVE)
    op.execute("ALTER TABLE import_batches DROP COLUMN uploaded")
    _make_unique("one_live", ["campaign_id", "sha256"], LIVE)


def _add_refusals() -> None:
    _change_kinds(f"{KINDS_BEFORE}, 'refusal'", "kind IN ('application', 'refusal')")


def _change_kinds(kinds: str, about_application: str) -> None:
    with op.batch_alter_table("account_mails") as table:
        for name in ("kind_known", "application_named"):
            table.drop_constraint(op.f(f"ck_account_mails_{name}"), type_="check")
        table.create_check_constraint(op.f("ck_account_mails_kind_known"), f"kind IN ({kinds})")
        table.create_check_constraint(
            op.f("ck_account_mails_application_named"),
            f"({about_application}) = (application_id IS NOT NULL)",
        )


def _make_uploads() -> None:
    table = "import_uploads"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", IDS, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("layout", sa.LargeBinary(), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(length=16), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("agreed", sa.String(length=500), nullable=False),
        sa.Column("failure", sa.String(length=20), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("stored_at", TIME, nullable=True),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("began_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        _check(table, "due_begun", "due_at IS NULL OR batch_id IS NOT NULL"),
        _check(table, "begun_stored", "batch_id IS NULL OR stored_at IS NOT NULL"),
        _check(table, "failed_ended", "failure IS NULL OR ended_at IS NOT NULL"),
        _check(table, "not_empty", 'size > 0 AND "rows" >= 0'),
        _refer(table, "organization_id", "organizations"),
        _refer(table, "user_id", "users"),
        _refer(table, "campaign_id", "campaigns"),
        _refer(table, "batch_id", "import_batches"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("batch_id", name=op.f(f"uq_{table}_batch_id")),
    )
    op.create_index(op.f(f"ix_{table}_organization_id"), table, ["organization_id"])
    op.create_index(f"ix_{table}_due", table, ["due_at"], sqlite_where=DUE, postgresql_where=DUE)


def _make_unique(name: str, columns: list[str], where: str) -> None:
    rows = sa.text(where)
    op.create_index(
        f"uq_import_batches_{name}",
        "import_batches",
        columns,
        unique=True,
        sqlite_where=rows,
        postgresql_where=rows,
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _refer(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))
