"""Events in several links, and changes of them by somebody whom no trigger stops."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text

from petition.audit.chain.event_chain import chain_events
from petition.core.extensions import db, transaction
from petition.models import Event

BEGAN = datetime(2026, 3, 1, 8, tzinfo=UTC)
TABLES = ("events", "event_links", "audit_keys")


def add_events(number: int, at: datetime = BEGAN) -> list[int]:
    """Add events with details of each type, a second apart; return their ids."""
    details: list[dict[str, Any]] = [
        {"code": "550", "number": 3},
        {"share": 0.1, "late": False},
        {},
        {"why": "é \u2028 \U0001f5f3", "none": None},
    ]
    with transaction() as session:
        return list(
            session.scalars(
                insert(Event).returning(Event.id, sort_by_parameter_order=True),
                [
                    {
                        "at": at + timedelta(seconds=i, microseconds=i),
                        "actor": "system",
                        "action": "chain.tested",
                        "subject": "milestone",
                        "subject_id": i % 3 + 1,
                        "detail": details[i % len(details)],
                    }
                    for i in range(number)
                ],
            )
        )


def chain_all() -> int:
    """Chain all events."""
    return chain_events()


@contextmanager
def no_triggers() -> Iterator[Connection]:
    """Yield a connection for which the tables of the trail have no triggers; commits at the end."""
    db.session.rollback()
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            for table in TABLES:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            yield connection
            for table in TABLES:
                connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
            return
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        ).all()
        for row in rows:
            connection.execute(text(f"DROP TRIGGER {row.name}"))
        yield connection
        for row in rows:
            connection.exec_driver_sql(row.sql)


def read_rows() -> list[dict[str, Any]]:
    """Return all events as they are stored."""
    rows = [dict(row) for row in db.session.execute(select(Event.__table__)).mappings()]
    db.session.rollback()
    return sorted(rows, key=lambda row: row["id"])


def put_rows(rows: list[dict[str, Any]]) -> None:
    """Replace all events by these, as only somebody without triggers can."""
    with no_triggers() as connection:
        connection.execute(delete(Event))
        connection.execute(insert(Event), rows)
        if connection.dialect.name == "postgresql":
            highest = "SELECT setval(pg_get_serial_sequence('events', 'id'), max(id)) FROM events"
            connection.execute(text(highest))
