"""Numbers of changes: from 1 for each organization, none twice, none left out, never behind."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from petition.core.clock import utcnow
from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentChange, ConsentOffer
from petition.partners.consents.numbering import number_changes
from tests.factories import make_consent, make_signature
from tests.partners.consents.conftest import Signed

THREADS = 8
WRITERS = 4
TURNS = 12


def read_streams() -> dict[int, list[tuple[int, int]]]:
    """Return (number, id) of each organization's numbered changes, by number."""
    rows = db.session.execute(
        select(ConsentChange.organization_id, ConsentChange.number, ConsentChange.id)
        .where(ConsentChange.number.is_not(None))
        .order_by(ConsentChange.organization_id, ConsentChange.number)
    ).all()
    db.session.rollback()
    streams: dict[int, list[tuple[int, int]]] = {}
    for organization_id, number, id in rows:
        streams.setdefault(organization_id, []).append((number, id))
    return streams


def check_streams() -> None:
    """No gap and nothing twice; the changes of one consent are in the order they were made."""
    for stream in read_streams().values():
        assert [number for number, _ in stream] == list(range(1, len(stream) + 1))
    rows = db.session.execute(
        select(ConsentChange.consent_id, ConsentChange.kind)
        .where(ConsentChange.number.is_not(None))
        .order_by(ConsentChange.organization_id, ConsentChange.number)
    ).all()
    db.session.rollback()
    last: dict[int, str] = {}
    for consent_id, kind in rows:
        assert last.get(consent_id) != kind
        last[consent_id] = kind


def test_each_organization_has_numbers_of_its_own(signed: Signed) -> None:
    assert (number_changes(), number_changes()) == (2, 0)

    streams = read_streams()

    assert [[number for number, _ in stream] for stream in streams.values()] == [[1], [1]]
    withdraw_and_give(signed, 1)
    assert number_changes(limit=1) == 1
    assert number_changes() == 1
    assert [number for number, _ in read_streams()[signed.groups["riders"]]] == [1, 2, 3]


def withdraw_and_give(signed: Signed, times: int) -> None:
    for _ in range(times):
        for moment in (utcnow(), None):
            with transaction() as session:
                riders = Consent.id == signed.consents["riders"]
                session.execute(update(Consent).where(riders).values(withdrawn_at=moment))


def test_a_change_that_is_committed_late_comes_behind_what_was_numbered(
    app: Flask, signed: Signed
) -> None:
    """A cursor never passes a change that it has not had."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("one writer: what began first is committed first")
    open_one, close_one = Event(), Event()

    def write_slowly() -> None:
        with app.app_context(), transaction() as session:
            walkers = Consent.id == signed.consents["walkers"]
            session.execute(update(Consent).where(walkers).values(withdrawn_at=utcnow()))
            open_one.set()
            close_one.wait(20)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(write_slowly)
        open_one.wait(20)
        withdraw_and_give(signed, 1)
        assert number_changes() == 4
        seen = max(number for number, _ in read_streams()[signed.groups["walkers"]])
        close_one.set()
        slow.result(20)

    assert number_changes() == 1
    assert read_streams()[signed.groups["walkers"]][-1][0] == seen + 1
    check_streams()


def test_many_writers_at_once_leave_no_gap_and_give_no_number_twice(
    app: Flask, signed: Signed
) -> None:
    with transaction() as session:
        campaign = session.get_one(Campaign, signed.campaign_id)
        offers = [session.get_one(ConsentOffer, id) for id in signed.offers.values()]
        for _ in range(WRITERS):
            signature = make_signature(session, campaign)
            for offer in offers:
                make_consent(session, signature.id, offer)
    ids = list(db.session.scalars(select(Consent.id).order_by(Consent.id)))
    db.session.rollback()

    def change(seed: int) -> int:
        chance, done = random.Random(seed), 0
        with app.app_context():
            for _ in range(TURNS):
                with transaction() as session:
                    its = chance.choice(ids)
                    row = session.get_one(Consent, its, with_for_update=True)
                    row.withdrawn_at = None if row.withdrawn_at else utcnow()
                    session.flush()
                    if chance.random() < 0.2:
                        session.rollback()
                    else:
                        done += 1
        return done

    def number(_: int) -> int:
        done = 0
        with app.app_context():
            for _ in range(TURNS):
                try:
                    done += number_changes(limit=3)
                except DatabaseUnavailable:
                    pass
        return done

    with ThreadPoolExecutor(2 * THREADS) as pool:
        changes = [pool.submit(change, seed) for seed in range(THREADS)]
        numbers = [pool.submit(number, seed) for seed in range(THREADS)]
        made = sum(one.result(120) for one in changes) + len(ids)
        numbered = sum(one.result(120) for one in numbers)
    while done := number_changes():
        numbered += done

    assert numbered == made == db.session.scalar(select(func.count(ConsentChange.id)))
    check_streams()
