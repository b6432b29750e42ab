"""Events archived by month: the trail stays whole and readable, whatever happens meanwhile."""

import gzip
import json
import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError

from petition.audit.archive_store import open_archives
from petition.audit.event_archives import archive_events, verify_archives
from petition.audit.event_reader import read_events
from petition.core.clock import utcnow
from petition.core.content.folder_store import FolderStore
from petition.core.errors import OperatorError, StorageUnavailable
from petition.core.extensions import db, transaction
from petition.counting.milestone_list import read_diary
from petition.models import Event, EventArchive
from tests.audit.chain.world import put_rows, read_rows
from tests.forked import run_forked

MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))
# Kills itself where the second batch of events would be deleted, or where ``argv`` says.
VICTIM = """
import os, signal, sys
from datetime import date
from petition import create_app
from petition.audit import event_archives
event_archives.BATCH = 10
left = int(sys.argv[2])
name = sys.argv[1]
real = getattr(event_archives, name)
def die_later(*args, **kwargs):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return real(*args, **kwargs)
setattr(event_archives, name, die_later)
with create_app().app_context():
    list(event_archives.archive_events(date(2026, 5, 1)))
"""


def add_events(start: datetime, how_many: int, subject: str = "milestone") -> None:
    """Add events of a few rows, an hour apart."""
    rows = [_make(start + timedelta(hours=n), subject, 1 + n % 3, n) for n in range(how_many)]
    with transaction() as session:
        session.execute(insert(Event), rows)


def _make(at: datetime, subject: str, subject_id: int, number: int) -> dict[str, Any]:
    return {
        "at": at,
        "actor": "system",
        "action": "milestone.tested",
        "subject": subject,
        "subject_id": subject_id,
        "detail": {"number": number},
    }


def read_all() -> list[tuple[Any, ...]]:
    db.session.rollback()
    found = read_events(db.session(), {"milestone": [1, 2, 3], "delivery": [1, 2, 3]})
    return [(one.id, one.at, one.subject_id, one.detail["number"]) for one in found]


def count_events() -> int:
    db.session.rollback()
    query = select(func.count()).select_from(Event).where(Event.action == "milestone.tested")
    return db.session.scalar(query) or 0


@pytest.fixture
def trail(context: AppContext) -> list[tuple[Any, ...]]:
    """Events of March and April and one of today, as they are read."""
    add_events(MARCH, 45)
    add_events(APRIL, 25, "delivery")
    add_events(utcnow(), 1)
    return read_all()


def test_old_months_go_into_a_file_each_and_are_read_as_before(trail: list[Any]) -> None:
    made = list(archive_events(MAY.date()))

    assert [(one.month, one.events) for one in made] == [("2026-03", 45), ("2026-04", 25)]
    assert count_events() == 1
    assert read_all() == trail
    assert [event.subject_id for event in read_diary(2)] == [2] * 15
    assert [fault for _, fault in verify_archives()] == ["", ""]
    first, second = db.session.scalars(select(EventArchive).order_by(EventArchive.id))
    assert (first.previous, second.previous) == (None, first.sha256)
    lines = gzip.decompress(open_archives().read(second.sha256)).splitlines()
    assert json.loads(lines[0])["previous"] == first.sha256
    assert len(lines) == 1 + 25


def test_a_dry_run_changes_nothing(trail: list[Any]) -> None:
    made = list(archive_events(MAY.date(), dry_run=True))

    assert [(one.month, one.events) for one in made] == [("2026-03", 45), ("2026-04", 25)]
    assert count_events() == len(trail)
    assert db.session.scalar(select(func.count()).select_from(EventArchive)) == 0
    assert list(open_archives().list_content()) == []


def test_a_second_run_finds_none_and_a_late_event_gets_a_file_of_its_own(
    trail: list[Any],
) -> None:
    put_rows([row | {"id": row["id"] + 10} for row in read_rows()])
    list(archive_events(MAY.date()))
    assert list(archive_events(MAY.date())) == []
    # Its transaction was given the number long ago, and has committed only now.
    with transaction() as session:
        session.execute(insert(Event), [_make(MARCH, "milestone", 1, 99) | {"id": 5}])

    made = list(archive_events(MAY.date()))

    assert [(one.month, one.events) for one in made] == [("2026-03", 1)]
    assert [fault for _, fault in verify_archives()] == ["", "", ""]
    assert 99 in [number for *_, number in read_all()]


def test_a_month_that_is_young_is_refused(trail: list[Any]) -> None:
    today = utcnow().date()

    with pytest.raises(OperatorError, match="31 days"):
        list(archive_events(date(today.year, today.month, 1)))

    assert count_events() == len(trail)


def test_an_event_is_left_for_whoever_asks_for_the_newest(context: AppContext) -> None:
    add_events(MARCH, 5)

    list(archive_events(MAY.date()))

    assert db.session.scalar(select(func.max(Event.at))) > utcnow() - timedelta(minutes=5)


def test_the_database_deletes_no_event_that_no_archive_holds(trail: list[Any]) -> None:
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text("DELETE FROM events WHERE subject = 'delivery'"))
    list(archive_events(APRIL.date()))

    for statement in (
        "DELETE FROM events WHERE subject = 'delivery'",
        "DELETE FROM event_archives",
        "UPDATE event_archives SET sha256 = 'x'",
        "UPDATE event_archives SET month = '2026-04', emptied_at = NULL",
        "UPDATE event_archives SET emptied_at = NULL",
        "UPDATE event_archives SET last_id = last_id + 1000",
    ):
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(text(statement))
    assert read_all() == trail


def test_a_file_that_is_damaged_or_gone_is_told(trail: list[Any]) -> None:
    list(archive_events(MAY.date()))
    store = open_archives()
    assert isinstance(store, FolderStore)
    first, second = db.session.scalars(select(EventArchive.sha256).order_by(EventArchive.id))
    path = store.path(second)
    path.write_bytes(path.read_bytes()[:-9])

    assert [bool(fault) for _, fault in verify_archives()] == [False, True]

    path.unlink()
    with pytest.raises(StorageUnavailable):
        read_all()
    assert first


def test_nothing_is_deleted_where_the_file_cannot_be_stored(trail: list[Any], app: Flask) -> None:
    folder = Path(app.extensions["hundredth"].storage.root) / "event-archives"
    folder.write_bytes(b"in the way")

    with pytest.raises(StorageUnavailable):
        list(archive_events(MAY.date()))

    assert count_events() == len(trail)
    folder.unlink()


@pytest.mark.parametrize(
    ("name", "left"),
    [("_note", 0), ("_note", 1), ("_delete", 0), ("_delete", 2), ("_finish", 1)],
)
def test_what_was_killed_is_finished_by_the_next_run(
    trail: list[Any], environment: dict[str, str], name: str, left: int
) -> None:
    db.session.remove()
    killed = run_forked(["-c", VICTIM, name, str(left)], environment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert read_all() == trail  # also half way through

    list(archive_events(MAY.date()))

    assert count_events() == 1
    assert read_all() == trail
    assert [fault for _, fault in verify_archives()] == ["", ""]
    assert len(list(open_archives().list_content())) == 2
    assert (
        db.session.scalar(text("SELECT count(*) FROM event_archives WHERE emptied_at IS NULL")) == 0
    )
