"""The audit trail in the browser: filters in the address, pages by key, files after a proof."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from petition.audit.chain.chain_check import verify_chain
from petition.audit.chain.event_chain import chain_events
from petition.audit.chain.event_lines import write_event_line
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.health.audit_chain.chain_watch import note_verified, verify_next
from petition.models import Event, RoleName
from tests.audit.chain.world import put_rows, read_rows
from tests.web.staff_world import enter, get

PAGE = "/staff/audit"


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """An admin who has just signed in."""
    return enter(app, role=RoleName.ADMIN)[0]


def add(app: Flask, number: int, action: str = "letter.viewed", **values: object) -> None:
    row = {
        "at": utcnow(),
        "actor": "staff:77",
        "action": action,
        "subject": "letter",
        "subject_id": 5,
        "detail": {"form": "pdf"},
    } | values
    with app.app_context(), transaction() as session:
        session.execute(insert(Event), [row] * number)


def list_shown(page: str) -> list[int]:
    return [
        int(part.partition("<")[0])
        for part in page.split('<td class="number" data-label="Event">')[1:]
    ]


def test_events_are_shown_by_pages_the_newest_first(app: Flask, admin: FlaskClient) -> None:
    add(app, 120)
    with app.app_context():
        ids = list(db.session.scalars(select(Event.id).order_by(Event.id.desc())))

    found: list[int] = []
    address = PAGE
    for _ in range(10):
        page = get(admin, address).text
        found += list_shown(page)
        if 'rel="next"' not in page:
            break
        address = page.split('rel="next" href="')[1].partition('"')[0].replace("&amp;", "&")

    assert found == ids


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("kind=letter", 5),
        ("kind=letter.viewed", 3),
        ("kind=lette", 0),
        ("subject=letter&id=5", 4),
        ("subject=letter&id=6", 1),
        ("actor=staff:77", 4),
        ("actor=staff:78", 1),
        ("kind=letter&until=2026-03-04", 1),
        ("kind=letter&since=2026-03-05&until=2026-03-06", 0),
        ("kind=letter&since=2026-03-04&until=2026-03-04", 1),
        ("kind=letter&since=2026-03-05", 4),
    ],
)
def test_filters_are_in_the_address(
    app: Flask, admin: FlaskClient, query: str, number: int
) -> None:
    with app.app_context():
        earlier = [
            row | {"id": row["id"] + 100, "at": row["at"] + timedelta(seconds=row["id"])}
            for row in read_rows()
        ]
    day = datetime(2026, 3, 4, 23, 59, tzinfo=UTC)
    early = {
        "id": 1,
        "at": day,
        "actor": "staff:78",
        "action": "letter.resealed",
        "subject": "letter",
        "subject_id": 6,
        "detail": {},
    }
    with app.app_context():
        put_rows([early, *earlier])
    add(app, 3)
    add(app, 1, "letter.other")

    page = get(admin, f"{PAGE}?{query}").text

    assert len(list_shown(page)) == number
    assert "could not be read" not in page


@pytest.mark.parametrize(
    "query",
    [
        "id=x",
        "id=99999999999999999999",
        "kind=%00",
        "kind=a%25",
        "actor=staff:1:2",
        "since=2026-13-01",
        "until=9999-12-31",
        "since=0001-01-01",
        "before=-1",
        "subject=%D9%A1",
    ],
)
def test_a_filter_that_cannot_be_read_is_named_and_ignored(
    app: Flask, admin: FlaskClient, query: str
) -> None:
    answer = get(admin, f"{PAGE}?{query}")

    assert answer.status_code == 200
    assert f"{query.partition('=')[0]} in this page" in answer.text


def test_the_head_and_its_verification_are_shown_and_a_break_is_an_alert(
    app: Flask, admin: FlaskClient
) -> None:
    assert "No events are chained yet" in get(admin, PAGE).text
    with app.app_context():
        chain_events()
        verify_next()
        rows = read_rows()
    page = get(admin, PAGE).text
    assert "up to link 1" in page and 'role="alert"' not in page

    with app.app_context():
        put_rows([rows[0] | {"actor": "staff:1"}, *rows[1:]])
        note_verified(verify_chain())
    page = get(admin, PAGE).text
    assert f"event {rows[0]['id']} is not as it was" in page


def test_files_hold_what_matches_and_that_they_were_taken_is_an_event(
    app: Flask, admin: FlaskClient
) -> None:
    add(app, 2, detail={"why": "=HYPERLINK(1)"})
    with app.app_context():
        rows = read_rows()

    lines = get(admin, f"{PAGE}.jsonl?kind=letter.viewed").data.splitlines(keepends=True)
    table = list(csv.DictReader(io.StringIO(get(admin, f"{PAGE}.csv?kind=letter").text)))

    wanted = [row for row in rows if row["action"] == "letter.viewed"]
    assert lines == [write_event_line(row) + b"\n" for row in reversed(wanted)]
    assert [int(row["id"]) for row in table] == [row["id"] for row in reversed(wanted)]
    assert json.loads(table[0]["detail"]) == {"why": "=HYPERLINK(1)"}
    with app.app_context():
        taken = db.session.scalars(
            select(Event).where(Event.action == "audit.exported").order_by(Event.id)
        ).all()
        assert [one.detail for one in taken] == [
            {"format": "jsonl", "kind": "letter.viewed"},
            {"format": "csv", "kind": "letter"},
        ]
        assert all(one.actor.startswith("staff:") for one in taken)


def test_a_file_needs_a_recent_proof(app: Flask, admin: FlaskClient, make_later: object) -> None:
    make_later(timedelta(minutes=20))  # type: ignore[operator]

    answer = get(admin, f"{PAGE}.csv")

    assert answer.status_code == 302 and "/staff/prove" in answer.location


def test_others_may_not_read_it(app: Flask) -> None:
    for role in (RoleName.READER, RoleName.REVIEWER, RoleName.CAMPAIGNER):
        browser, _ = enter(app, role=role)
        for path in (PAGE, f"{PAGE}.csv", f"{PAGE}.jsonl", "/staff/retention"):
            assert get(browser, path).status_code == 403


def test_who_acted_is_named_to_staff_only_by_the_page(app: Flask, admin: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        record(session, "x.tested", "service", 0, actor="staff:1")

    assert "admin@staff.example" in get(admin, PAGE).text
