"""An organization's program reads the people who consented to it, and nobody else."""

from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Access, AccessPerson, Campaign, Consent, ConsentOffer, Signature
from tests.factories import make_consent, make_person, make_signature
from tests.web.api.world import call, find_offer_id, make_api_token, make_organization
from tests.web.public_world import World, make_world

PEOPLE = "/people"


@pytest.fixture
def world(app: Flask) -> World:
    made = make_world(app)
    make_organization(app, updates="May we e-mail?", contact="May we find you?")
    make_organization(app, "walkers", updates="May walkers e-mail?")
    return made


def sign_up(world: World, number: int, slug: str = "riders", purpose: str = "updates") -> int:
    """Let one more proved signer consent; return their signature."""
    offer_id = find_offer_id(world.app, slug, purpose)
    with world.app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, world.campaign_id)
        person = make_person(family_name=f"Number{number}", email=f"p{number}@people.example")
        signature = make_signature(session, campaign, person=person)
        make_consent(session, signature.id, session.get_one(ConsentOffer, offer_id))
        return signature.id


def name_all(items: Sequence[dict[str, object]]) -> list[object]:
    return [item["family_name"] for item in items]


def test_people_come_in_osdi_s_shape_with_what_they_allowed(world: World) -> None:
    sign_up(world, 1)

    (person,) = call(world.app, PEOPLE, make_api_token(world.app)).json["items"]

    assert person["email_addresses"] == [{"address": "p1@people.example", "primary": True}]
    assert person["family_name"] == "Number1" and person["identifiers"][0].startswith("hundredth:")
    assert set(person["postal_addresses"][0]) == {"locality", "region", "country"}
    (consent,) = person["consents"]
    assert consent["purpose"] == "updates" and consent["offer"] == find_offer_id(world.app)


def test_who_may_only_be_found_keeps_name_and_address(world: World) -> None:
    sign_up(world, 1, purpose="contact")
    token = make_api_token(world.app)

    (person,) = call(world.app, f"{PEOPLE}?purpose=contact", token).json["items"]

    assert (person["family_name"], person["email_addresses"]) == ("N.", [])
    assert call(world.app, PEOPLE, token).json["items"] == []


def test_nobody_is_read_by_another_organization(world: World) -> None:
    sign_up(world, 1)
    sign_up(world, 2, "walkers")
    riders, walkers = (
        call(world.app, PEOPLE, make_api_token(world.app, slug)).json["items"]
        for slug in ("riders", "walkers")
    )

    assert name_all(riders) == ["Number1"] and name_all(walkers) == ["Number2"]


def test_pages_follow_one_another_and_each_is_written_down(world: World) -> None:
    for number in range(5):
        sign_up(world, number)
    token = make_api_token(world.app)

    found, path = [], f"{PEOPLE}?limit=2"
    while path:
        page = call(world.app, path, token)
        found += name_all(page.json["items"])
        path = (page.json["next"] or "").removeprefix("/api/v1")

    assert found == [f"Number{number}" for number in range(5)]
    with world.app.app_context():
        accesses = db.session.scalars(select(Access).order_by(Access.id)).all()
        assert [(one.actor, one.kind, one.people) for one in accesses] == [
            ("token:1", "api", people) for people in (2, 2, 1)
        ]
        assert len(db.session.scalars(select(AccessPerson)).all()) == 5


def test_whoever_takes_it_back_is_gone_at_once(world: World) -> None:
    first, second = sign_up(world, 1), sign_up(world, 2)
    token = make_api_token(world.app)
    assert len(call(world.app, PEOPLE, token).json["items"]) == 2
    with world.app.app_context(), transaction() as session:
        consent = session.scalars(select(Consent).where(Consent.signature_id == first)).one()
        consent.withdrawn_at = utcnow()
        session.get_one(Signature, second).proved_at = None

    assert call(world.app, PEOPLE, token).json["items"] == []


def test_a_person_who_allowed_it_twice_comes_once(world: World) -> None:
    signature_id = sign_up(world, 1)
    make_organization(world.app, updates="Other words.")
    with world.app.app_context(), transaction() as session:
        offer = session.get_one(ConsentOffer, find_offer_id(world.app))
        make_consent(session, signature_id, offer)

    (person,) = call(world.app, PEOPLE, make_api_token(world.app)).json["items"]

    assert len(person["consents"]) == 2


@pytest.mark.parametrize("cursor", ["x", "1", "A" * 60, "%E2%82%AC", "A%00"])
def test_a_cursor_that_no_page_gave_is_refused(world: World, cursor: str) -> None:
    answer = call(world.app, f"{PEOPLE}?after={cursor}", make_api_token(world.app))

    assert (answer.status_code, answer.json["errors"][0]["parameter"]) == (400, "after")


def test_a_cursor_of_another_list_is_refused(world: World) -> None:
    for number in range(2):
        sign_up(world, number)
    page = call(world.app, f"{PEOPLE}?limit=1", make_api_token(world.app)).json["next"]
    path = page.removeprefix("/api/v1")

    for other in (path, f"{path}&purpose=contact"):
        slug = "walkers" if other == path else "riders"
        assert call(world.app, other, make_api_token(world.app, slug)).status_code == 400


def test_identifiers_of_two_organizations_have_nothing_in_common(world: World) -> None:
    signature_id = sign_up(world, 1)
    with world.app.app_context(), transaction() as session:
        offer = session.get_one(ConsentOffer, find_offer_id(world.app, "walkers"))
        make_consent(session, signature_id, offer)

    names = {
        call(world.app, PEOPLE, make_api_token(world.app, slug)).json["items"][0]["identifiers"][0]
        for slug in ("riders", "walkers")
    }

    assert len(names) == 2


def test_a_token_without_the_scope_takes_nothing(world: World) -> None:
    sign_up(world, 1)

    answer = call(world.app, PEOPLE, make_api_token(world.app, "riders", "campaigns:read"))

    assert answer.status_code == 403
    with world.app.app_context():
        assert db.session.scalars(select(Access)).all() == []
