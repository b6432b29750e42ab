"""7: those who came by an organization's own link, and nobody else, as the database holds it."""

from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentOffer, Signature
from petition.signers.consents import PRIVATE, end_consent, is_asked, write_consent
from tests.factories import make_campaign, make_consent, make_offer, make_signature

LINK = "link:riders"


@pytest.fixture
def world(context: AppContext) -> tuple[int, int]:
    """A signature of a campaign that shares by own link, and the offer of ``riders``."""
    with transaction() as session:
        campaign = make_campaign(session, sharing="own-link")
        offer = make_offer(session, campaign)
        make_offer(session, campaign, slug="walkers")
        return make_signature(session, campaign).id, offer.id


def give(world: tuple[int, int], source: str | None) -> None:
    with transaction() as session:
        offer = session.get_one(ConsentOffer, world[1])
        make_consent(session, world[0], offer, source=source)


@pytest.mark.parametrize(
    "source",
    ["form", "after", "private", None, "link:walkers", "link:rider", "import:1", "api:1"],
)
def test_no_other_way_gives_a_consent(world: tuple[int, int], source: str | None) -> None:
    with pytest.raises(DBAPIError, match="by the link of its organization"):
        give(world, source)

    assert db.session.scalars(select(Consent.id)).all() == []


def test_its_own_link_gives_one_and_it_can_be_taken_back_and_given_again(
    world: tuple[int, int],
) -> None:
    give(world, LINK)
    signature_id, offer_id = world
    with transaction() as session:
        assert end_consent(session, signature_id, offer_id)
    with transaction() as session:
        assert is_asked(session, session.get_one(Signature, signature_id), offer_id)
        write_consent(session, signature_id, offer_id, PRIVATE)

    row = db.session.scalars(select(Consent)).one()
    assert (row.withdrawn_at, row.source) == (None, LINK)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE consents SET withdrawn_at = NULL, source = 'private'",
        "UPDATE consents SET withdrawn_at = NULL, source = NULL",
        "UPDATE consents SET withdrawn_at = NULL, source = 'link:walkers'",
    ],
)
def test_one_that_was_withdrawn_comes_back_by_no_other_way(
    world: tuple[int, int], attack: str
) -> None:
    give(world, LINK)
    with transaction() as session:
        session.execute(update(Consent).values(withdrawn_at=utcnow()))

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(attack))

    assert db.session.scalars(select(Consent.withdrawn_at)).one() is not None


def test_one_in_force_gets_no_other_source(world: tuple[int, int]) -> None:
    give(world, LINK)

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text("UPDATE consents SET source = 'form'"))


def test_what_was_given_by_choice_before_is_kept_and_not_given_again(
    context: AppContext,
) -> None:
    with transaction() as session:
        campaign = make_campaign(session)
        offer = make_offer(session, campaign)
        signature = make_signature(session, campaign)
        consent = make_consent(session, signature.id, offer)
        ids = signature.id, offer.id, consent.id, campaign.id
    with transaction() as session:
        session.execute(update(Campaign).values(sharing="own-link"))
    signature_id, offer_id, consent_id, _ = ids

    assert db.session.get_one(Consent, consent_id).withdrawn_at is None
    with transaction() as session:
        assert end_consent(session, signature_id, offer_id)
        assert not is_asked(session, session.get_one(Signature, signature_id), offer_id)


def test_where_groups_are_chosen_every_way_is_open(context: AppContext) -> None:
    sources: tuple[Any, ...] = ("form", "after", "import:1", "api:1", "link:walkers", None)
    with transaction() as session:
        campaign = make_campaign(session)
        offer = make_offer(session, campaign)
        for source in sources:
            make_consent(session, make_signature(session, campaign).id, offer, source=source)

    assert len(db.session.scalars(select(Consent.id)).all()) == len(sources)
