"""Archives of events: an event may be deleted once a file that is never changed holds it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = "the trail is append-only"
MONTH = {
    "sqlite": "substr(OLD.at, 1, 7)",
    "postgresql": "to_char(OLD.at AT TIME ZONE 'UTC', 'YYYY-MM')",
}
# All that ever changes is that its events are deleted.
FIXED = "id month first_id last_id events size sha256 previous subjects made_at"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.create_table(
        "event_archives",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("first_id", IDS, nullable=False),
        sa.Column("last_id", IDS, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=True),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(id = 1) = (previous IS NULL)", name=op.f("ck_event_archives_chained")),
        sa.CheckConstraint(
            "events > 0 AND first_id <= last_id", name=op.f("ck_event_archives_not_empty")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_archives")),
        sa.UniqueConstraint("sha256", name=op.f("uq_event_archives_sha256")),
        sa.UniqueConstraint("previous", name=op.f("uq_event_archives_previous")),
    )
    archived = (
        "SELECT 1 FROM event_archives a WHERE OLD.id BETWEEN a.first_id AND a.last_id"
        f" AND a.month = {MONTH[dialect]} AND a.emptied_at IS NULL"
    )
    changed = " OR ".join(
        f"coalesce(CAST(OLD.{name} AS text), '') <> coalesce(CAST(NEW.{name} AS text), '')"
        for name in FIXED.split()
    )
    changed = f"OLD.emptied_at IS NOT NULL OR {changed}"
    _drop("events_refuse_delete", "events")
    if dialect == "sqlite":
        _make("events_refuse_delete", "DELETE ON events", f"NOT EXISTS ({archived})")
    else:
        op.execute(
            "CREATE FUNCTION events_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NOT EXISTS ({archived}) THEN RAISE EXCEPTION '{WORDS}'"
            " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$"
        )
        op.execute(
            "CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events FOR EACH ROW"
            " EXECUTE FUNCTION events_refuse_delete()"
        )
        op.execute(
            "CREATE TRIGGER event_archives_refuse_truncate BEFORE TRUNCATE ON event_archives"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse('this table is never emptied')"
        )
    _make("event_archives_refuse_delete", "DELETE ON event_archives", "1 = 1")
    _make("event_archives_refuse_update", "UPDATE ON event_archives", changed)


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM event_archives")):
        raise RuntimeError("events are archived: the schema of before would lose sight of them")
    _drop("events_refuse_delete", "events")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION events_refuse_delete()")
    _make("events_refuse_delete", "DELETE ON events", "1 = 1")
    op.drop_table("event_archives")


def _make(name: str, on: str, condition: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {on} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {on} FOR EACH ROW WHEN ({condition})"
        f" EXECUTE FUNCTION refuse('{WORDS}')"
    )


def _drop(name: str, table: str) -> None:
    op.execute(f"DROP TRIGGER {name}" + ("" if _is_sqlite() else f" ON {table}"))


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
