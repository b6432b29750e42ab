"""A whole backup of a test's database, and its restore: every row of every table, and no other."""

from typing import Any

from sqlalchemy import insert, text

from petition.core.database import Base
from petition.core.extensions import db, transaction

Backup = dict[str, list[dict[str, Any]]]
# SQLite does this by itself. Of an empty table the next number is 1.
COUNT_FROM_THE_LAST = """
DO $$
DECLARE
    at record;
BEGIN
    FOR at IN
        SELECT table_name AS name, pg_get_serial_sequence(table_name, column_name) AS sequence
        FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id'
    LOOP
        IF at.sequence IS NOT NULL THEN
            EXECUTE format('SELECT setval(%L, coalesce(max(id), 0) + 1, false) FROM %I',
                           at.sequence, at.name);
        END IF;
    END LOOP;
END $$
"""


def save() -> Backup:
    """Return all rows of all tables."""
    db.session.rollback()
    saved = {}
    for table in Base.metadata.sorted_tables:
        rows = db.session.execute(table.select()).mappings()
        saved[table.name] = [dict(row) for row in rows]
    db.session.rollback()
    return saved


def restore(backup: Backup) -> None:
    """Put all rows back past the rules that refuse it, as a restore does.

    - Numbers are given out from where they stood: those of the rows that are lost come again.
    """
    db.session.remove()
    with transaction() as session:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        rules: list[tuple[str, str]] = []
        if is_sqlite:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
            found = session.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            )
            rules = [(row.name, row.sql) for row in found]
            for name, _ in rules:
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
        for table in Base.metadata.sorted_tables:
            if backup[table.name]:
                session.execute(insert(table), backup[table.name])
        for _, sql in rules:
            session.connection().exec_driver_sql(sql)
        if not is_sqlite:
            session.execute(text(COUNT_FROM_THE_LAST))
    db.session.remove()
