"""Whatever is done to an event or a link behind the triggers' back, the first break is named."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.ctx import AppContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from petition.audit.chain import event_chain
from petition.audit.chain.chain_check import BreakKind, find_link_of, verify_chain
from petition.audit.chain.event_chain import chain_events, read_head
from petition.audit.chain.event_lines import mark_lines
from petition.audit.chain.stored_events import StoredEvents
from petition.audit.event_archives import archive_events
from petition.audit.event_reader import read_events
from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.models import AuditKey, Event, EventLink
from tests.audit.chain.world import add_events, no_triggers, put_rows, read_rows

EVENTS = 30
Rows = list[dict[str, Any]]


@pytest.fixture
def chained(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Thirty events in links of seven, with unused ids between them; all rows."""
    monkeypatch.setattr(event_chain, "LINK_EVENTS", 7)
    rows = read_rows() + [row | {"id": 2 * row["id"] + 1000} for row in _make_rows()]
    put_rows(rows)
    chain_events()
    assert verify_chain().breach is None
    return read_rows()


def _make_rows() -> Rows:
    add_events(EVENTS)
    return [row for row in read_rows() if row["action"] == "chain.tested"]


CHANGES: dict[str, Callable[[Any], Any]] = {
    "at": lambda at: at + timedelta(microseconds=1),
    "actor": lambda actor: f"{actor}2",
    "action": lambda action: action.upper(),
    "subject": lambda subject: f"{subject}s",
    "subject_id": lambda id: id + 1,
    "detail": lambda detail: detail | {"more": 1},
}


def _find_link(rows: Rows, id: int) -> int:
    """Return the link that an id belongs to, by the links' own ends."""
    found = find_link_of(id)
    assert found
    return found


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_the_first_event_that_differs_is_named(chained: Rows, data: st.DataObject) -> None:
    rows = deepcopy(chained)
    place = data.draw(st.integers(0, len(rows) - 1))
    id = rows[place]["id"]
    match data.draw(st.sampled_from(("change", "delete", "insert", "reorder", "renumber"))):
        case "change":
            column = data.draw(st.sampled_from(sorted(CHANGES)))
            rows[place][column] = CHANGES[column](rows[place][column])
            expected = (id, BreakKind.EVENT_CHANGED)
        case "delete":
            del rows[place]
            expected = (id, BreakKind.EVENT_MISSING)
        case "insert":
            id -= 1
            rows.append(rows[place] | {"id": id})
            expected = (id, BreakKind.EVENT_ADDED)
        case "reorder":
            other = data.draw(st.integers(0, len(rows) - 1).filter(lambda n: n != place))
            rows[place]["id"], rows[other]["id"] = rows[other]["id"], rows[place]["id"]
            expected = (min(rows[place]["id"], rows[other]["id"]), BreakKind.EVENT_CHANGED)
        case _:
            rows[place]["id"] -= 1
            expected = (id - 1, BreakKind.EVENT_ADDED)
    put_rows(rows)
    try:
        breach = verify_chain().breach
        assert breach is not None
        assert (breach.event, breach.kind) == expected
        assert breach.link == _find_link(rows, expected[0])
    finally:
        put_rows(chained)
    assert verify_chain().breach is None


@pytest.mark.parametrize("id", [0, -1, -(2**63)])
def test_an_event_below_the_first_is_named(chained: Rows, id: int) -> None:
    put_rows([*chained, chained[0] | {"id": id}])

    for first in (1, 3):
        breach = verify_chain(first).breach
        assert breach is not None
        assert (breach.link, breach.event, breach.kind) == (1, id, BreakKind.EVENT_ADDED)


def test_an_event_below_the_first_is_named_where_nothing_is_chained(context: AppContext) -> None:
    add_events(1)
    row = read_rows()[0]
    with no_triggers() as connection:
        connection.execute(update(Event).values(id=0))
    assert read_rows() == [row | {"id": 0}]
    assert chain_events() == 0

    breach = verify_chain().breach

    assert breach is not None and breach.kind is BreakKind.EVENT_ADDED


@pytest.mark.parametrize("id", [0, -5])
def test_the_database_refuses_an_id_below_the_first(context: AppContext, id: int) -> None:
    (added,) = add_events(1)
    assert added > 0

    with pytest.raises(DBAPIError, match="above 0"), transaction() as session:
        session.execute(insert(Event), [read_rows()[0] | {"id": id}])


def change_links(statement: Any) -> None:
    with no_triggers() as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"head": "0" * 64}, BreakKind.LINK_CHANGED),
        ({"events": 6}, BreakKind.LINK_CHANGED),
        ({"previous": "0" * 64}, BreakKind.LINK_CHANGED),
        ({"signature": b"0" * 64}, BreakKind.LINK_CHANGED),
        ({"signature": b""}, BreakKind.LINK_CHANGED),
        ({"marks": b""}, BreakKind.MARKS_CHANGED),
    ],
)
def test_a_link_that_was_changed_is_named(
    chained: Rows, values: dict[str, object], kind: BreakKind
) -> None:
    change_links(update(EventLink).where(EventLink.number == 3).values(**values))

    breach = verify_chain().breach

    assert breach is not None
    assert (breach.link, breach.event, breach.kind) == (3, None, kind)


def test_a_link_that_is_missing_is_named(chained: Rows) -> None:
    change_links(delete(EventLink).where(EventLink.number == 2))

    breach = verify_chain().breach

    assert breach is not None
    assert (breach.link, breach.kind) == (2, BreakKind.LINK_MISSING)


def test_events_changed_together_with_their_marks_are_a_break_of_the_link(chained: Rows) -> None:
    rows = deepcopy(chained)
    rows[9]["actor"] = "staff:9"
    put_rows(rows)
    number = find_link_of(rows[9]["id"])
    links = {link.number: link.last_id for link in db.session.scalars(select(EventLink)).all()}
    db.session.rollback()
    marks = mark_lines(StoredEvents(links.get(number - 1, -1)).read(links[number]))
    change_links(update(EventLink).where(EventLink.number == number).values(marks=marks))

    breach = verify_chain().breach

    assert breach is not None
    assert (breach.link, breach.kind) == (number, BreakKind.HEAD_DIFFERS)


def test_a_chain_rewritten_under_a_key_of_its_own_is_not_trusted(chained: Rows) -> None:
    forged = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    change_links(update(AuditKey).values(public=forged))

    breach = verify_chain().breach

    assert breach is not None
    assert (breach.link, breach.kind) == (1, BreakKind.KEY_UNTRUSTED)


def test_an_end_that_was_cut_off_differs_from_the_head_that_was_written_down(
    chained: Rows,
) -> None:
    head = read_head()
    assert head is not None
    noted = (head.number, head.head)
    assert verify_chain(expected=noted).breach is None
    change_links(delete(EventLink).where(EventLink.number == head.number))

    assert verify_chain().breach is None  # nothing here tells of what was cut off
    breach = verify_chain(expected=noted).breach

    assert breach is not None
    assert (breach.link, breach.kind) == (head.number, BreakKind.HEAD_REWRITTEN)


def test_a_walk_may_begin_at_an_event_and_go_on_where_the_last_one_ended(chained: Rows) -> None:
    rows = deepcopy(chained)
    rows[2]["actor"] = "staff:9"
    put_rows(rows)
    begin = find_link_of(rows[20]["id"])

    assert begin > 1
    assert verify_chain(begin).breach is None
    assert verify_chain().breach is not None
    one = verify_chain(begin, seconds=0)
    assert one.link == begin
    assert find_link_of(10**12) == verify_chain(begin).link + 1


def test_archived_events_are_verified_in_their_files(chained: Rows) -> None:
    add_events(1, utcnow())
    assert [one.events for one in archive_events(date(2026, 4, 1))] == [len(chained)]
    db.session.rollback()
    left = len(read_rows())
    assert left < len(chained)

    done = verify_chain()
    assert (done.breach, done.events >= len(chained)) == (None, True)

    rows = read_rows()
    with no_triggers() as connection:  # put back into the database, as another
        connection.execute(insert(Event), [chained[5] | {"actor": "staff:9"}])
    breach = verify_chain().breach
    assert breach is not None and breach.event == chained[5]["id"]
    put_rows(rows)

    (path,) = (path for path in get_settings().data_dir.rglob("*.jsonl.gz"))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    breach = verify_chain().breach
    assert breach is not None
    assert breach.kind is BreakKind.ARCHIVE_UNREADABLE


@pytest.mark.parametrize("column", ["actor", "subject_id"])
def test_a_row_with_the_number_of_an_archived_event_is_a_break_and_is_not_read(
    chained: Rows, column: str
) -> None:
    list(archive_events(date(2026, 4, 1)))
    row = chained[3]
    about = {row["subject"]: [row["subject_id"], row["subject_id"] + 1]}
    before = [describe(event) for event in read_events(db.session(), about)]
    db.session.rollback()
    with no_triggers() as connection:
        connection.execute(insert(Event), [row | {column: CHANGES[column](row[column])}])

    breach = verify_chain().breach

    assert breach is not None
    assert (breach.event, breach.kind) == (row["id"], BreakKind.ROW_DIFFERS)
    assert [describe(event) for event in read_events(db.session(), about)] == before
    only = {row["subject"]: [row["subject_id"] + 1]}
    assert row["id"] not in [event.id for event in read_events(db.session(), only)]


def test_a_row_that_is_as_in_the_archive_is_none(chained: Rows) -> None:
    list(archive_events(date(2026, 4, 1)))
    with no_triggers() as connection:
        connection.execute(insert(Event), [chained[3]])

    assert verify_chain().breach is None


def describe(event: Event) -> tuple[object, ...]:
    return event.id, event.actor, event.subject_id, event.detail


def test_an_event_that_is_not_chained_cannot_be_archived(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_events(3)
    add_events(1, utcnow())
    monkeypatch.setattr("petition.audit.event_archives.chain_events", lambda seconds: 0)

    assert list(archive_events(date(2026, 4, 1))) == []
