"""The rules of consents in the database itself: raw SQL that tries to break each is refused."""

import pytest
from flask.ctx import AppContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Access, Consent, ConsentChange, ConsentOffer, OfferSet
from petition.partners.consents.numbering import number_changes
from tests.factories import make_campaign, make_consent, make_offer, make_signature
from tests.partners.consents.conftest import CELL, Signed

INSERT = (
    "INSERT INTO consents (signature_id, offer_id, campaign_id, organization_id, purpose, given_at)"
    " SELECT signature_id, {offer}, {campaign}, {group}, {purpose}, given_at FROM consents"
)
OTHERS = {"offer": "3", "campaign": "2", "group": "1", "purpose": "'contact'"}
CHANGE = "INSERT INTO consent_changes (organization_id, consent_id, kind, at)"
BAD = (1, 3, 0, -1)  # after 1 comes 2
REFUSED = [
    "DELETE FROM consents",
    "UPDATE consents SET organization_id = 2 WHERE organization_id = 1",
    "UPDATE consents SET purpose = 'updates'",
    "UPDATE consents SET signature_id = signature_id + 1",
    "UPDATE consents SET source = 'somewhere'",
    "UPDATE consents SET source = 'link:'",
    "UPDATE consents SET latitude = 1",
    "UPDATE consents SET withdrawn_at = given_at, latitude = 1, longitude = 1",
    # An offer of another campaign, and the right offer under another name.
    INSERT.format(**OTHERS),
    INSERT.format(**OTHERS | {"campaign": "1"}),
    INSERT.format(**OTHERS | {"offer": "4", "campaign": "1", "purpose": "'news'"}),
    "UPDATE consent_offers SET wording = 'May have all.'",
    "UPDATE consent_offers SET purpose = 'news'",
    "UPDATE offer_sets SET offers = '[]'",
    "DELETE FROM offer_sets",
    "DELETE FROM consent_changes",
    "UPDATE consent_changes SET kind = 'bounced'",
    "UPDATE consent_changes SET number = NULL",
    "UPDATE consent_changes SET number = number + 1",
    f"{CHANGE} SELECT 2, consent_id, kind, at FROM consent_changes WHERE organization_id = 1",
    f"{CHANGE} SELECT organization_id, consent_id, 'unheard', at FROM consent_changes",
    # No number twice, and none left out; a number comes after the change.
    "INSERT INTO consent_changes (organization_id, consent_id, kind, at, number)"
    " SELECT organization_id, consent_id, kind, at, 2 FROM consent_changes",
    *(f"UPDATE consent_changes SET number = {number} WHERE number IS NULL" for number in BAD),
    "UPDATE accesses SET people = 0",
    "DELETE FROM accesses",
    # Consent 2 is another organization's.
    "INSERT INTO access_people (access_id, consent_id) VALUES (1, 2)",
]


@pytest.fixture
def filled(signed: Signed) -> Signed:
    """A row of each table; another campaign with an offer, and another purpose's offer."""
    with transaction() as session:
        other = make_campaign(session)
        make_offer(session, other, slug="riders")
        campaign = session.get_one(ConsentOffer, signed.offers["riders"]).campaign_id
        first = session.get_one(type(other), campaign)
        make_offer(session, first, slug="riders", purpose="updates")
        session.add(OfferSet(campaign_id=campaign, digest="0" * 64, offers=[1]))
        group = signed.groups["riders"]
        access = Access(organization_id=group, actor="staff:1", kind="lookup", people=1)
        access.purpose, access.filters, access.at = "contact", {}, utcnow()
        session.add(access)
    number_changes()
    with transaction() as session:  # a change more, without a number
        riders = Consent.id == signed.consents["riders"]
        session.execute(update(Consent).where(riders).values(withdrawn_at=utcnow()))
    return signed


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses(filled: Signed, statement: str) -> None:
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(statement))


def test_on_postgresql_the_tables_are_not_emptied_at_once(filled: Signed) -> None:
    if db.engine.dialect.name == "postgresql":
        for table in ("consents", "consent_changes", "offer_sets", "accesses"):
            with pytest.raises(DBAPIError), transaction() as session:
                session.execute(text(f"TRUNCATE {table} CASCADE"))


@pytest.mark.own_database
def test_old_consents_are_filled_and_who_could_be_seen_is_in_the_stream(
    context: AppContext,
) -> None:
    with transaction() as session:
        campaign = make_campaign(session)
        contact = make_offer(session, campaign)
        news = make_offer(session, campaign, purpose="news", wording="May send news.")
        seen = make_signature(session, campaign, cell=CELL)
        hidden = make_signature(session, campaign, cell=CELL, proved_at=None)
        for signature in (seen, hidden):
            make_consent(session, signature.id, contact)
        make_consent(session, seen.id, news)
        make_consent(
            session, seen.id, make_offer(session, campaign, slug="b"), withdrawn_at=utcnow()
        )
        seen_id = seen.id
    db.session.remove()

    downgrade(revision="0011")
    with db.engine.connect() as connection:
        kept = connection.execute(text("SELECT * FROM consents ORDER BY id")).mappings().all()
    assert [sorted(row) for row in kept][0] == [
        "given_at",
        "id",
        "offer_id",
        "signature_id",
        "withdrawn_at",
    ]
    upgrade()

    rows = db.session.scalars(select(Consent).order_by(Consent.id)).all()
    assert [(row.purpose, row.source, row.unplaced) for row in rows] == [
        ("contact", None, True),
        ("contact", None, False),
        ("news", None, False),
        ("contact", None, False),
    ]
    assert all(row.organization_id and row.campaign_id for row in rows)
    told = db.session.execute(select(ConsentChange.consent_id, ConsentChange.kind)).all()
    assert [tuple(row) for row in told] == [(rows[0].id, "given"), (rows[2].id, "given")]
    assert rows[0].signature_id == seen_id
    assert [offer.wording for offer in db.session.scalars(select(ConsentOffer))][1] == (
        "May send news."
    )
