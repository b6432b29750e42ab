"""``petition audit``: the head, the walk and its first break, told to people and programs."""

import json

import pytest
from flask import Flask
from sqlalchemy import select, text

from petition.attention.service_sources import read_broken_chain, read_unchained
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.health.audit_chain.chain_watch import check_audit, read_verified, verify_next
from petition.health.findings import Fault
from petition.models import Event
from petition.processes.heartbeats import write_heartbeat
from tests.audit.chain.world import add_events, chain_all, no_triggers, put_rows, read_rows
from tests.cli.runner import run


@pytest.fixture
def chained_app(app: Flask) -> Flask:
    """An app with a link of events."""
    with app.app_context():
        add_events(5)
        chain_all()
    return app


def test_before_the_first_link_the_head_says_so(app: Flask) -> None:
    assert "No events are chained yet" in run(app, "audit", "head").output
    assert run(app, "audit", "verify").exit_code == 0


def test_a_whole_chain_is_verified_and_compared_with_a_head(chained_app: Flask) -> None:
    head = run(chained_app, "audit", "head").output.splitlines()[0]

    done = run(chained_app, "audit", "verify", "--expect", head)
    other = run(chained_app, "audit", "verify", "--expect", f"1:{'0' * 64}")
    odd = run(chained_app, "audit", "verify", "--expect", "\u0661:x")

    assert (done.exit_code, done.output) == (0, f"Whole: 1 link, 5 events.\n{head}\n")
    assert other.exit_code == 1 and "not the one that was written down" in other.output
    assert odd.exit_code == 2


def test_a_break_names_its_event_and_the_doctor_and_attention_tell_it(chained_app: Flask) -> None:
    with chained_app.app_context():
        rows = read_rows()
        put_rows([*rows[:2], rows[2] | {"actor": "staff:1"}, *rows[3:]])

    told = run(chained_app, "audit", "verify")
    machine = run(chained_app, "audit", "verify", "--json")

    assert told.exit_code == machine.exit_code == 1
    event = rows[2]["id"]
    assert f"link 1: event {event} is not as it was" in told.output
    assert json.loads(machine.output)["break"] == {
        "link": 1,
        "event": event,
        "kind": "event-changed",
    }
    with chained_app.app_context():
        with pytest.raises(Fault, match=f"event {event}"):
            check_audit()
        assert str(event) in read_broken_chain(db.session())[0].detail

        put_rows(rows)
        verify_next()
        assert "whole up to link 1" in check_audit()
        assert read_broken_chain(db.session()) == []


def test_a_chain_that_was_deleted_and_made_anew_differs_from_what_was_noted(
    chained_app: Flask,
) -> None:
    with chained_app.app_context():
        verify_next()
        rows = read_rows()
        put_rows([rows[0] | {"actor": "staff:1"}, *rows[1:]])
        with no_triggers() as connection:
            connection.execute(text("DELETE FROM event_links"))
        verify_next()
        with pytest.raises(Fault, match="link"):
            check_audit()

        chain_all()
        for _ in range(2):
            verify_next()
            with pytest.raises(Fault, match="link 1: its head is not the one"):
                check_audit()
        db.session.remove()
    head = run(chained_app, "audit", "head").output.splitlines()[0]
    for options in ((), ("--expect", head), ("--from", "2")):  # looking is not accepting
        told = run(chained_app, "audit", "verify", *options)
        assert told.exit_code == 1 and "not the one that was written down" in told.output
    wrong = run(chained_app, "audit", "verify", "--accept-head", f"1:{'0' * 64}")
    assert wrong.exit_code == 1
    with chained_app.app_context():
        verify_next()
        with pytest.raises(Fault, match="link 1: its head is not the one"):
            check_audit()
        db.session.remove()

    assert run(chained_app, "audit", "verify", "--accept-head", head).exit_code == 0

    with chained_app.app_context():
        assert "whole" in check_audit()
        event = db.session.scalars(select(Event).where(Event.action == "audit.head_accepted")).one()
        assert (event.actor, event.subject_id) == ("cli", 1)
        assert event.detail["head"] == head.partition(":")[2]
        assert event.detail["noted_link"] == 1 and event.detail["noted_head"] not in head
        db.session.remove()
    assert run(chained_app, "audit", "verify").exit_code == 0


def test_a_part_that_was_chained_anew_after_a_break_is_not_whole(chained_app: Flask) -> None:
    """The break is before the last link that was verified, and then all of it is made again."""
    with chained_app.app_context():
        for _ in range(2):
            add_events(3)
            chain_all()
        verify_next()
        rows = read_rows()
        put_rows([*rows[:6], rows[6] | {"actor": "staff:1"}, *rows[7:]])
        db.session.remove()
    assert "event" in run(chained_app, "audit", "verify").output
    with chained_app.app_context():
        with no_triggers() as connection:
            connection.execute(text("DELETE FROM event_links WHERE number > 1"))
        chain_all()
        chain_all()
        for _ in range(3):
            verify_next()
            with pytest.raises(Fault):
                check_audit()
        db.session.remove()
    assert run(chained_app, "audit", "verify").exit_code == 1


def test_a_head_is_accepted_alone(chained_app: Flask) -> None:
    head = run(chained_app, "audit", "head").output.splitlines()[0]

    for other in (("--expect", head), ("--from", "1")):
        assert run(chained_app, "audit", "verify", "--accept-head", head, *other).exit_code == 2
    assert run(chained_app, "audit", "verify", "--accept-head", "1:x").exit_code == 2


def test_the_reconciler_verifies_what_is_new_and_notices_an_end_that_was_cut_off(
    chained_app: Flask,
) -> None:
    with chained_app.app_context():
        assert verify_next() == 5
        assert verify_next() == 0
        add_events(3)
        assert read_unchained(db.session()) == []  # nothing has run yet
        with transaction() as session:
            write_heartbeat(session, "reconciler", utcnow(), {})
        assert len(read_unchained(db.session())) == 1
        chain_all()
        assert read_unchained(db.session()) == []
        assert verify_next() == 3
        with no_triggers() as connection:
            connection.execute(text("DELETE FROM event_links WHERE number = 2"))
            connection.execute(text("DELETE FROM events WHERE id > 5"))

        verify_next()

        verified = read_verified()
        assert verified is not None and verified.breach is not None
        assert verified.breach.kind == "link-missing"
        db.session.remove()
