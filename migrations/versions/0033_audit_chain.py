"""The chain of the audit trail; legal holds of campaigns; the log of retention runs."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

IDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
TRAIL = "the trail is append-only"
HOLDS = "a legal hold is released once and never changed"
IN_FORCE = sa.text("released_at IS NULL")
MONTH = {
    "sqlite": "substr(OLD.at, 1, 7)",
    "postgresql": "to_char(OLD.at AT TIME ZONE 'UTC', 'YYYY-MM')",
}
FOLLOWS = (
    "NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM event_links l WHERE l.number = NEW.number - 1"
    " AND l.head = NEW.previous AND l.last_id < NEW.first_id)"
)
NEVER = {
    "audit_keys_refuse_update": "UPDATE ON audit_keys",
    "audit_keys_refuse_delete": "DELETE ON audit_keys",
    "event_links_refuse_update": "UPDATE ON event_links",
    "event_links_refuse_delete": "DELETE ON event_links",
}
HELD = "campaign_id reason held_by held_at"


def upgrade() -> None:
    _make_chain()
    _make_holds()
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("failed", sa.JSON(), nullable=False),
        sa.Column("late", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )


def downgrade() -> None:
    op.drop_table("retention_runs")
    op.drop_table("legal_holds")
    _protect_events("")
    op.drop_table("event_links")
    if not _is_sqlite():
        op.execute("DROP FUNCTION event_links_refuse_insert()")
    op.drop_table("audit_keys")


def _make_chain() -> None:
    op.create_table(
        "audit_keys",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("signed_by_previous", sa.LargeBinary(), nullable=True),
        sa.Column("signs_previous", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", TIME, nullable=False),
        sa.CheckConstraint(
            "(id = 1) = (signs_previous IS NULL)", name=op.f("ck_audit_keys_signs_previous")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_keys")),
        sa.UniqueConstraint("public", name=op.f("uq_audit_keys_public")),
    )
    op.create_table(
        "event_links",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_id", IDS, nullable=False),
        sa.Column("last_id", IDS, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=True),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.CheckConstraint(
            "(number = 1) = (previous IS NULL)", name=op.f("ck_event_links_chained")
        ),
        sa.CheckConstraint(
            "events > 0 AND first_id <= last_id", name=op.f("ck_event_links_not_empty")
        ),
        sa.ForeignKeyConstraint(["key_id"], ["audit_keys.id"], name=op.f("fk_event_links_key_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event_links")),
        sa.UniqueConstraint("last_id", name=op.f("uq_event_links_last_id")),
        sa.UniqueConstraint("previous", name=op.f("uq_event_links_previous")),
        sa.UniqueConstraint("head", name=op.f("uq_event_links_head")),
    )
    for name, on in NEVER.items():
        _make_rule(name, on, "1 = 1", TRAIL)
    if not _is_sqlite():
        for table in ("audit_keys", "event_links"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse('this table is never emptied')"
            )
    if _is_sqlite():
        _make_rule("event_links_refuse_insert", "INSERT ON event_links", FOLLOWS, TRAIL)
    else:
        op.execute(
            "CREATE FUNCTION event_links_refuse_insert() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN IF {FOLLOWS} THEN RAISE EXCEPTION '{TRAIL}'"
            " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            "CREATE TRIGGER event_links_refuse_insert BEFORE INSERT ON event_links FOR EACH ROW"
            " EXECUTE FUNCTION event_links_refuse_insert()"
        )
    # What is not chained yet is in no archive's way either.
    _protect_events(" AND OLD.id <= (SELECT max(last_id) FROM event_links)")


def _make_holds() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("held_by", sa.String(length=40), nullable=False),
        sa.Column("held_at", TIME, nullable=False),
        sa.Column("released_by", sa.String(length=40), nullable=True),
        sa.Column("released_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(released_by IS NULL) = (released_at IS NULL)",
            name=op.f("ck_legal_holds_released_by_somebody"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_legal_holds_has_a_reason")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_legal_holds_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index(
        "uq_legal_holds_in_force",
        "legal_holds",
        ["campaign_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )
    changed = " OR ".join(
        f"CAST(OLD.{name} AS text) <> CAST(NEW.{name} AS text)" for name in HELD.split()
    )
    _make_rule(
        "legal_holds_refuse_change",
        "UPDATE ON legal_holds",
        f"OLD.released_at IS NOT NULL OR {changed}",
        HOLDS,
    )
    _make_rule("legal_holds_refuse_delete", "DELETE ON legal_holds", "1 = 1", HOLDS)


def _protect_events(further: str) -> None:
    """Let an event be deleted only where a file has it, and ``further`` holds."""
    archived = (
        "SELECT 1 FROM event_archives a WHERE OLD.id BETWEEN a.first_id AND a.last_id"
        f" AND a.month = {MONTH[op.get_bind().dialect.name]} AND a.emptied_at IS NULL{further}"
    )
    if _is_sqlite():
        op.execute("DROP TRIGGER events_refuse_delete")
        _make_rule("events_refuse_delete", "DELETE ON events", f"NOT EXISTS ({archived})", TRAIL)
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION events_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF NOT EXISTS ({archived}) THEN RAISE EXCEPTION '{TRAIL}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$"
    )


def _make_rule(name: str, on: str, condition: str, words: str) -> None:
    if _is_sqlite():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {on} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {on} FOR EACH ROW WHEN ({condition})"
        f" EXECUTE FUNCTION refuse('{words}')"
    )


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
