"""The box of an umbrella group names its members; other members are another wording."""

import threading

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from petition.core.extensions import db, transaction
from petition.models import Campaign, Consent, ConsentOffer, OfferSet, Organization, StaffDecision
from petition.partners.applications.application_list import list_changes
from petition.partners.default_wordings import find_wording, name_members
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.partners.profile.organization_edits import decide_change, edit_organization
from petition.partners.profile.organization_form import read_edit
from tests.factories import make_campaign, make_consent, make_signature

MEMBERS = ["Local One", "Local Two"]
WORDS = "Send me news."


@pytest.fixture
def campaigns(context: AppContext) -> list[str]:
    """One campaign in English and one in Spanish, both with both boxes of an umbrella group."""
    save_organization(OrganizationForm("union", "Union"))
    slugs = []
    for language in ("en", "es"):
        with transaction() as session:
            slugs.append(make_campaign(session, language=language).slug)
        join_campaign("union", slugs[-1], {"updates": WORDS, "contact": ""})
    return slugs


def change(members: list[str], name: str = "Union") -> None:
    """Ask as an owner, and approve as staff."""
    whose = db.session.scalars(select(Organization.id)).one()
    edit = read_edit({"name": name, "members": "\n".join(members)}, b"")
    assert edit_organization(whose, edit, actor="partner:1")
    [asked] = list_changes()
    decide_change(asked.id, StaffDecision.APPROVED, actor="staff:1", because="")


def list_shown(slug: str) -> list[str]:
    rows = db.session.scalars(
        select(ConsentOffer.wording)
        .join(Campaign, Campaign.id == ConsentOffer.campaign_id)
        .where(Campaign.slug == slug, ConsentOffer.retired_at.is_(None))
        .order_by(ConsentOffer.purpose.desc())
    )
    return list(rows)


def test_the_boxes_name_the_members_in_the_campaigns_language(campaigns: list[str]) -> None:
    change(MEMBERS)

    english, spanish = campaigns
    for slug, language, told in (
        (english, "en", " Members of Union: Local One; Local Two."),
        (spanish, "es", " Miembros de Union: Local One; Local Two."),
    ):
        ours = find_wording("contact", "Union", language)
        assert ours and list_shown(slug) == [WORDS + told, ours + told]


def test_other_members_are_another_wording_and_consents_keep_theirs(campaigns: list[str]) -> None:
    change(MEMBERS)
    before = list_shown(campaigns[0])
    with transaction() as session:
        offer = session.scalars(
            select(ConsentOffer).where(ConsentOffer.retired_at.is_(None)).order_by(ConsentOffer.id)
        ).first()
        assert offer is not None
        signature = make_signature(session, session.get_one(Campaign, offer.campaign_id))
        make_consent(session, signature.id, offer)

    change(["Local One", "Local Three"])

    assert list_shown(campaigns[0])[0] == f"{WORDS} Members of Union: Local One; Local Three."
    given = db.session.scalars(
        select(ConsentOffer.wording).join(Consent, Consent.offer_id == ConsentOffer.id)
    ).one()
    assert given == before[0]
    shown = db.session.scalars(
        select(ConsentOffer.id)
        .where(ConsentOffer.campaign_id == offer.campaign_id, ConsentOffer.retired_at.is_(None))
        .order_by(ConsentOffer.id)
    ).all()
    sets = db.session.scalars(select(OfferSet.offers)).all()
    assert list(shown) in sets
    change([])
    assert list_shown(campaigns[0])[0] == WORDS


def test_another_name_is_another_wording_of_ours(campaigns: list[str]) -> None:
    change(MEMBERS)
    change(MEMBERS, "New {name}")

    own, ours = list_shown(campaigns[0])
    assert own == f"{WORDS} Members of New {{name}}: Local One; Local Two."
    assert ours.startswith("New {name} may find me")


def test_an_offer_that_is_made_later_names_them_and_the_same_again_changes_nothing(
    campaigns: list[str],
) -> None:
    change(MEMBERS)
    count = len(db.session.scalars(select(ConsentOffer.id)).all())

    join_campaign("union", campaigns[0], {"updates": WORDS})
    join_campaign("union", campaigns[0], {"news": "Write to me."})

    assert len(db.session.scalars(select(ConsentOffer.id)).all()) == count + 1
    assert "Write to me. Members of Union: Local One; Local Two." in list_shown(campaigns[0])


def test_members_with_odd_names_are_named_as_they_are(context: AppContext) -> None:
    told = name_members("A {members}", ["{name}", "B"], "en")

    assert told == " Members of A {members}: {name}; B."


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE organizations SET members = '[\"Somebody else\"]'",
        "UPDATE consent_offers SET members = '[]' WHERE retired_at IS NULL",
        "UPDATE consent_offers SET ending = ''",
        "UPDATE consent_offers SET wording = 'All of them.'",
        "UPDATE consent_offers SET retired_at = NULL WHERE purpose = 'updates'",
        "INSERT INTO consent_offers (campaign_id, organization_id, purpose, wording, created_at)"
        " SELECT campaign_id, organization_id, 'other', 'All.', created_at FROM consent_offers"
        " WHERE id = 1",
        "INSERT INTO consent_offers (campaign_id, organization_id, purpose, wording, ending,"
        " members, created_at) SELECT campaign_id, organization_id, 'other', 'All.', ' Of x.',"
        " (SELECT members FROM organizations), created_at FROM consent_offers WHERE id = 1",
    ],
)
def test_the_database_shows_no_offer_that_names_others(campaigns: list[str], attack: str) -> None:
    change(MEMBERS)
    before = list_shown(campaigns[0])

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(attack))

    assert list_shown(campaigns[0]) == before


def test_an_offer_and_other_members_at_once_come_one_after_the_other(
    app: Flask, campaigns: list[str]
) -> None:
    both = threading.Barrier(2)

    def run(what: int) -> None:
        with app.app_context():
            both.wait()
            if what:
                change(MEMBERS)
            else:
                join_campaign("union", campaigns[0], {"news": "Write to me."})

    threads = [threading.Thread(target=run, args=(what,)) for what in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.rollback()
    for wording in list_shown(campaigns[0]):
        assert wording.endswith("Members of Union: Local One; Local Two.")
    assert len(list_shown(campaigns[0])) == 3
