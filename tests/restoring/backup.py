"""A whole backup of a test's database, and its restore: every row of every table, and no other."""

from typing import Any

from sqlalchemy import insert, text

from petition.database import Base
from petition.extensions import db, transaction

Backup = dict[str, list[dict[str, Any]]]


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
    """Put all rows back past the rules that refuse it, as a restore does."""
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
    db.session.remove()
