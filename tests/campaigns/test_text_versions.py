"""A slip in an open campaign is mended while nobody has signed, and nobody signs what is unread."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from petition.campaigns.definition import SIGNED
from petition.campaigns.lifecycle import create_campaign, set_state, update_campaign
from petition.campaigns.problem_codes import DefinitionRefused
from petition.campaigns.versions.version_store import store_version
from petition.core.errors import TextMended
from petition.core.extensions import db, transaction
from petition.models import Campaign, CampaignState, Event, Signature, SignatureState
from petition.postal.zip_places import known_postal_code
from petition.signers.withdraw import erase_signature
from petition.signing.sign import sign
from tests.factories import make_signature
from tests.ground import fill_form

SLUG = "buses"
OLD, NEW = "Please keep the 38 running.", "Please keep the 83 running."
VALUES: dict[str, Any] = {
    "slug": SLUG,
    "title": "Keep the buses",
    "letter": OLD,
    "ask": "Please keep every bus.",
    "organization": "Riders Together",
    "layers": ["county"],
    "confirm_email": False,
}
FORM = fill_form(0)
# Part of what people sign, by the commands alone: no letter says it and nobody is counted by it.
ASKED_BY_MAIL = {"confirm_email", "confirm_after_close"}
CHANGES_OF_OWNERS = (
    "UPDATE campaign_organizations SET name = 'Another' WHERE role = 'owner'",
    "INSERT INTO campaign_organizations (campaign_id, role, position, name)"
    " SELECT id, 'owner', 1, 'One more' FROM campaigns",
    "DELETE FROM campaign_organizations WHERE role = 'owner'"
    " AND position = (SELECT max(position) FROM campaign_organizations)",
)
IN_OTHER_TABLES = {"organization", "bill_number", "bill_title"}
BILLS = (
    "INSERT INTO bills (identifier) VALUES ('S.1')",
    "INSERT INTO campaign_bills (campaign_id, bill_id, relation)"
    " SELECT campaigns.id, bills.id, 'subject' FROM campaigns, bills WHERE identifier = 'S.1'",
)
_numbers = count(1)


def nothing(words: str) -> None:
    """Find no fault with merge fields."""


def lay(slug: str = SLUG) -> None:
    create_campaign(VALUES | {"slug": slug}, nothing)
    set_state(slug, CampaignState.OPEN)


def mend(slug: str = SLUG) -> list[str]:
    return update_campaign(VALUES | {"letter": NEW, "slug": slug}, nothing)


def read(slug: str = SLUG) -> Campaign:
    db.session.rollback()
    return db.session.scalars(select(Campaign).where(Campaign.slug == slug)).one()


def sign_as(version: int, slug: str = SLUG) -> None:
    form = FORM | {"email": f"signer-{next(_numbers)}@people.example"}
    sign(slug, form, known_postal_code, text_version=version)


def test_what_nobody_has_signed_is_mended_and_an_old_form_signs_nothing(app: Flask) -> None:
    with app.app_context():
        lay()
        assert mend() == ["letter"]
        assert mend() == []
        assert (read().letter, read().text_version) == (NEW, 2)
        assert db.session.scalars(select(Event).where(Event.action == "campaign.updated")).one()
        db.session.remove()
    client, address = app.test_client(), f"/campaigns/{SLUG}/signatures"
    page = client.get(f"/campaigns/{SLUG}").text
    assert NEW in page and 'name="text_version" value="2"' in page

    old = client.post(address, data=FORM)
    again = client.post(address, data=FORM | {"text_version": "2"})

    assert old.status_code == 409
    assert "The letter was corrected a moment ago." in old.text and NEW in old.text
    assert FORM["email"] in old.text and 'name="text_version" value="2"' in old.text
    assert client.post(address, data=FORM | {"text_version": "x"}).status_code == 409
    assert again.status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Signature.text_version)).all() == [2]


def test_a_draft_is_changed_without_another_version(context: AppContext) -> None:
    create_campaign(VALUES, nothing)

    assert mend() == ["letter"]
    assert read().text_version == 1


@pytest.mark.parametrize(
    "state",
    [{"state": SignatureState.PENDING, "confirmed_at": None}, {}, "erased"],
)
def test_one_signature_of_any_state_ends_it_for_ever(context: AppContext, state: Any) -> None:
    lay()
    with transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        changes = {} if state == "erased" else state
        signature_id = make_signature(session, campaign, **changes).id
    if state == "erased":
        erase_signature(signature_id)

    with pytest.raises(DefinitionRefused, match="letter: signed"):
        mend()
    for change in ("letter = 'Another.'", "layers = '[]'", "text_version = 2"):
        with pytest.raises(DBAPIError, match="what people have signed"), transaction() as session:
            session.execute(text(f"UPDATE campaigns SET {change}"))
    assert update_campaign(VALUES | {"summary": "In short."}, nothing) == ["summary"]


def test_the_database_refuses_a_change_of_each_thing_that_people_sign(context: AppContext) -> None:
    """The list of the commands and that of the trigger are two: whoever adds to one is told."""
    lay()
    with transaction() as session:
        make_signature(session, session.scalars(select(Campaign)).one())
    values = {"step": "7", "layers": "'[]'", "recipients": """'{"county": []}'"""}

    changes = [
        f"UPDATE campaigns SET {name} = " + values.get(name, "'Another.'")
        for name in {*SIGNED} - ASKED_BY_MAIL - IN_OTHER_TABLES
    ]
    for change in (*changes, *CHANGES_OF_OWNERS):
        with pytest.raises(DBAPIError, match="what people have signed"), transaction() as session:
            session.execute(text(change))


def test_the_database_refuses_another_bill_once_anyone_has_signed(context: AppContext) -> None:
    create_campaign(VALUES | {"bill_number": "H.1", "bill_url": "https://bill.example"}, nothing)
    create_campaign(VALUES | {"slug": "trains"}, nothing)
    with transaction() as session:
        for campaign in session.scalars(select(Campaign)):
            campaign.state = CampaignState.OPEN
            make_signature(session, campaign)
        session.execute(text(BILLS[0]))

    for change in (
        "UPDATE campaign_bills SET bill_id = (SELECT id FROM bills WHERE identifier = 'S.1')",
        "UPDATE campaign_bills SET relation = 'prior'",
        "DELETE FROM campaign_bills",
        f"{BILLS[1]} AND slug = 'trains'",
    ):
        with pytest.raises(DBAPIError, match="what people have signed"), transaction() as session:
            session.execute(text(change))
    with pytest.raises(DBAPIError, match="bills are never changed"), transaction() as session:
        session.execute(text("UPDATE bills SET title = 'Another'"))

    told = VALUES | {"bill_number": "H.1", "bill_session": "2027"}
    assert update_campaign(told, nothing) == ["bill_url", "bill_session"]
    with pytest.raises(DefinitionRefused, match="bill_number: signed, bill_title: signed"):
        update_campaign(told | {"bill_number": "H.2", "bill_title": "An Act"}, nothing)


def test_the_bill_of_an_open_campaign_is_mended_as_another_text(context: AppContext) -> None:
    lay()
    versions = [1]

    for told in ({"bill_number": "H.1"}, {"bill_number": "H.2"}, {}):
        assert update_campaign(VALUES | told, nothing) == ["bill_number"]
        assert read().bill_number == told.get("bill_number")
        versions.append(read().text_version)

    assert versions == sorted(set(versions))


def test_each_change_of_the_owners_of_an_open_campaign_is_another_text(context: AppContext) -> None:
    lay()

    for version, change in enumerate(CHANGES_OF_OWNERS, 2):
        with transaction() as session:
            session.execute(text(change))
            store_version(session, session.scalars(select(Campaign)).one(), actor="test")
        assert read().text_version == version


def test_who_sends_the_letter_is_mended_as_one_more_version(context: AppContext) -> None:
    lay()

    changed = update_campaign(VALUES | {"organization": ["Riders", "Walkers"]}, nothing)

    assert changed == ["organization"]
    assert read().organization == "Riders & Walkers"
    assert read().text_version == 3  # one name is another, and one is new
    assert update_campaign(VALUES | {"organization": ["Walkers", "Riders"]}, nothing)
    assert read().organization == "Walkers & Riders"


def test_the_database_refuses_an_open_text_that_is_changed_unsaid(context: AppContext) -> None:
    lay()

    with pytest.raises(DBAPIError, match="what people have signed"), transaction() as session:
        session.execute(text("UPDATE campaigns SET letter = 'Another.'"))


def test_a_signature_that_is_not_committed_yet_is_waited_for(app: Flask) -> None:
    with app.app_context():
        lay()
        with ThreadPoolExecutor(1) as pool:
            with transaction() as session:
                make_signature(session, session.scalars(select(Campaign)).one())
                session.flush()
                mending = pool.submit(in_context(app, mend))
                threading.Event().wait(0.5)
            with pytest.raises(DefinitionRefused):
                mending.result()
        assert read().letter == OLD


def test_a_mending_that_is_not_committed_yet_is_waited_for(app: Flask) -> None:
    with app.app_context():
        lay()
        with ThreadPoolExecutor(1) as pool:
            with transaction() as session:
                campaign = session.scalars(select(Campaign)).one()
                campaign.letter, campaign.text_version = NEW, 2
                store_version(session, campaign, actor="test")
                signing = pool.submit(in_context(app, lambda: sign_as(1)))
                threading.Event().wait(0.5)
            with pytest.raises(TextMended):
                signing.result()
        assert db.session.scalars(select(Signature)).all() == []


def test_however_they_race_nobody_has_signed_what_they_did_not_see(app: Flask) -> None:
    for number in range(8):
        slug = f"race-{number}"
        with app.app_context():
            lay(slug)
        start = threading.Barrier(4)
        with ThreadPoolExecutor(4) as pool:
            mending = pool.submit(in_context(app, partial(mend, slug), start))
            signing = [
                pool.submit(in_context(app, partial(sign_as, 1, slug), start)) for _ in range(3)
            ]
            mended = not isinstance(mending.exception(), DefinitionRefused)
            refused = [isinstance(done.exception(), TextMended) for done in signing]

        with app.app_context():
            campaign = read(slug)
            signed = db.session.scalars(
                select(Signature.text_version).where(Signature.campaign_id == campaign.id)
            ).all()
            assert refused == [mended] * 3
            assert list(signed) == ([] if mended else [1] * 3)
            assert (campaign.letter, campaign.text_version) == ((NEW, 2) if mended else (OLD, 1))


def in_context(
    app: Flask, do: Callable[[], Any], start: threading.Barrier | None = None
) -> Callable[[], Any]:
    def run() -> Any:
        with app.app_context():
            try:
                if start is not None:
                    start.wait()
                return do()
            finally:
                db.session.remove()

    return run
