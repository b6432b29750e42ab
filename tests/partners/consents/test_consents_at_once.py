"""Signers, readers and workers at once: nobody waits for ever, and the streams say what is so."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import h3
from flask import Flask
from sqlalchemy import select, update

from petition.core.extensions import db, transaction
from petition.models import (
    AccessKind,
    Campaign,
    Consent,
    ConsentChange,
    ConsentOffer,
    Signature,
)
from petition.partners.consents.accesses import record_access
from petition.partners.consents.consent_places import place_consents
from petition.partners.consents.numbering import number_changes
from petition.signers.leave_group import leave_group
from petition.signers.preferences import give_consent, withdraw_consent
from petition.signers.withdraw import withdraw_signature
from petition.signing.group_links import make_group_token
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_consent, make_signature
from tests.partners.consents.conftest import CELL, Signed
from tests.partners.consents.test_numbering import check_streams

PEOPLE = 6
TURNS = 40
OTHER_CELL = "872a30660ffffff"


def add_people(signed: Signed) -> list[int]:
    with transaction() as session:
        campaign = session.get_one(Campaign, signed.campaign_id)
        offers = [session.get_one(ConsentOffer, id) for id in signed.offers.values()]
        ids = [signed.signature_id]
        for _ in range(PEOPLE):
            signature = make_signature(session, campaign, cell=CELL)
            ids.append(signature.id)
            for offer in offers:
                make_consent(session, signature.id, offer)
    return ids


def test_signers_readers_and_workers_at_once_end_as_the_last_word_says(
    app: Flask, signed: Signed
) -> None:
    ids = add_people(signed)
    group, offer = signed.groups["riders"], signed.offers["riders"]

    def choose(chance: random.Random) -> None:
        token = make_token(chance.choice(ids), LinkPurpose.STATUS)
        chance.choice((give_consent, withdraw_consent))(token, offer)

    def leave(chance: random.Random) -> None:
        leave_group(make_group_token(chance.choice(ids), group))

    def move(chance: random.Random) -> None:
        with transaction() as session:
            which = Signature.id == chance.choice(ids)
            cell = chance.choice((CELL, OTHER_CELL))
            session.execute(update(Signature).where(which).values(cell=cell))

    def read(chance: random.Random) -> None:
        with transaction() as session:
            seen = record_access(
                session,
                organization_id=group,
                actor="token:1",
                kind=AccessKind.API,
                purpose="contact",
                filters={},
                consent_ids=range(1, 100),
            )
            # Until the commit nobody can take back what is given out now.
            assert set(seen) <= set(
                session.scalars(select(Consent.id).where(Consent.withdrawn_at.is_(None)))
            )

    def work(chance: random.Random) -> None:
        place_consents(limit=3)
        number_changes(limit=5)

    def repeat(what: Callable[[random.Random], None], seed: int) -> None:
        chance = random.Random(seed)
        with app.app_context():
            for _ in range(TURNS):
                what(chance)

    with ThreadPoolExecutor(10) as pool:
        jobs = [
            pool.submit(repeat, what, seed)
            for seed, what in enumerate((choose, choose, choose, leave, move, read, read, work))
        ]
        for job in jobs:
            job.result(120)
    withdraw_signature(ids[0])
    while place_consents() + number_changes():
        pass

    check_streams()
    check_places()
    assert read_last_word() == read_in_force()


def check_places() -> None:
    """A place is where its signer's cell is, and nobody has one who cannot be looked up."""
    rows = db.session.execute(
        select(Consent, Signature).join(Signature, Signature.id == Consent.signature_id)
    ).all()
    for consent, signature in rows:
        seen = consent.withdrawn_at is None and signature.ended_at is None
        place = (consent.latitude, consent.longitude)
        assert place == (h3.cell_to_latlng(signature.cell) if seen else (None, None))
        assert not consent.unplaced
    db.session.rollback()


def read_last_word() -> set[int]:
    """Return the consents that a reader of the streams takes for given, of all organizations."""
    known: dict[int, str] = {}
    for consent_id, kind in db.session.execute(
        select(ConsentChange.consent_id, ConsentChange.kind).order_by(
            ConsentChange.organization_id, ConsentChange.number
        )
    ):
        known[consent_id] = kind
    db.session.rollback()
    return {consent_id for consent_id, kind in known.items() if kind == "given"}


def read_in_force() -> set[int]:
    """Return the consents by which somebody can be seen, of all organizations."""
    found = db.session.scalars(
        select(Consent.id)
        .join(Signature, Signature.id == Consent.signature_id)
        .where(Consent.withdrawn_at.is_(None), Signature.ended_at.is_(None))
    )
    return set(found)
