"""Places of consents: the center of a cell, while its signer can be looked up, and not longer."""

from collections.abc import Callable

import h3
import pytest
from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentOffer, Signature
from petition.partners.consents.consent_places import place_consents
from tests.factories import make_consent, make_offer, make_signature
from tests.partners.consents.conftest import CELL, Signed

OTHER_CELL = "872a30660ffffff"


def read_places() -> list[tuple[float | None, float | None, bool]]:
    rows = db.session.execute(
        select(Consent.latitude, Consent.longitude, Consent.unplaced).order_by(Consent.id)
    ).all()
    db.session.rollback()
    return [tuple(row) for row in rows]


def change(**values: object) -> Callable[[], None]:
    def run() -> None:
        with transaction() as session:
            session.execute(update(Signature).values(values))

    return run


def test_a_place_is_the_center_of_the_cell(signed: Signed) -> None:
    assert read_places() == [(None, None, True)] * 2

    assert (place_consents(), place_consents()) == (2, 0)

    assert read_places() == [(*h3.cell_to_latlng(CELL), False)] * 2


@pytest.mark.parametrize(
    "end",
    [
        change(state="withdrawn", ended_at=utcnow()),
        change(state="erased", ended_at=utcnow(), person=None),
        change(proved_at=None),
        change(cell=None),
    ],
)
def test_a_place_is_emptied_with_what_allowed_it(signed: Signed, end: Callable[[], None]) -> None:
    place_consents()

    end()

    assert read_places() == [(None, None, False)] * 2
    assert place_consents() == 0


def test_a_withdrawal_empties_its_own_place(signed: Signed) -> None:
    place_consents()

    with transaction() as session:
        riders = Consent.id == signed.consents["riders"]
        session.execute(update(Consent).where(riders).values(withdrawn_at=utcnow()))

    assert read_places() == [(None, None, False), (*h3.cell_to_latlng(CELL), False)]


def test_given_again_it_is_placed_again(signed: Signed) -> None:
    for moment in (utcnow(), None):
        with transaction() as session:
            session.execute(update(Consent).values(withdrawn_at=moment))

    assert place_consents() == 2


def test_who_moves_is_placed_anew(signed: Signed) -> None:
    place_consents()

    change(cell=OTHER_CELL)()
    assert read_places() == [(None, None, True)] * 2
    place_consents()

    assert read_places() == [(*h3.cell_to_latlng(OTHER_CELL), False)] * 2


def test_only_a_consent_to_be_contacted_has_a_place(signed: Signed) -> None:
    with transaction() as session:
        campaign = session.get_one(Campaign, signed.campaign_id)
        offer = make_offer(session, campaign, purpose="updates")
        make_consent(session, signed.signature_id, offer)

    place_consents()

    assert read_places()[2] == (None, None, False)


def test_who_is_located_or_proved_later_is_placed_then(signed: Signed) -> None:
    with transaction() as session:
        campaign = session.get_one(Campaign, signed.campaign_id)
        later = make_signature(session, campaign, proved_at=None)
        offer = session.get_one(ConsentOffer, signed.offers["riders"])
        make_consent(session, later.id, offer)
        later_id = later.id
    place_consents()

    for values in ({"cell": OTHER_CELL}, {"proved_at": utcnow()}):
        assert read_places()[2] == (None, None, False)
        with transaction() as session:
            session.execute(update(Signature).where(Signature.id == later_id).values(values))

    assert read_places()[2] == (None, None, True)
    assert place_consents() == 1
