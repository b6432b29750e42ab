"""Staff find a signature, see who signed once they say why, and act at the signer's request."""

import json
import re

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import (
    STAFF_ROLES,
    Campaign,
    Event,
    ImportBatch,
    LedgerEntry,
    Milestone,
    RoleGrant,
    RoleName,
    Signature,
)
from petition.signers.amend import amend_signature, mark_name
from petition.web.staff.signatures.signature_log import SENTENCES
from tests.factories import make_campaign, make_person, make_signature
from tests.web.public_world import make_world
from tests.web.staff_world import enter, get, post

LIST = "/staff/signatures"
WHY = "She wrote from her address on May 3"
OPENS = (RoleName.ADMIN, RoleName.REVIEWER)
SECRETS = ("Grace", "Canary", "grace@people.example", "12 Elm", "Somerville", "02139")


@pytest.fixture
def signed(app: Flask) -> int:
    """Store one signature of a campaign."""
    person = make_person(
        given_name="Grace",
        family_name="Canary",
        email="grace@people.example",
        street_address="12 Elm St",
        locality="Somerville",
    )
    with app.app_context(), transaction() as session:
        return make_signature(session, make_campaign(session), person=person).id


def read(app: Flask, signature_id: int) -> Signature:
    with app.app_context():
        return db.session.get_one(Signature, signature_id)


def list_events(app: Flask, signature_id: int) -> list[tuple[str, str, str]]:
    """Return (action, kind of actor, reason) of what was done, in order."""
    with app.app_context():
        events = db.session.scalars(
            select(Event)
            .where(Event.subject == "signature", Event.subject_id == signature_id)
            .order_by(Event.id)
        )
        return [
            (event.action, event.actor.partition(":")[0], event.detail.get("why", ""))
            for event in events
        ]


def mark(app: Flask, signature_id: int, name: str) -> str:
    """Return what the form says of the name that it showed."""
    with app.app_context():
        return mark_name(signature_id, name)


def find_forms(page: str) -> list[str]:
    return re.findall(r'action="/staff/signatures/\d+/?([a-z.]*)"', page)


def test_it_is_found_by_its_address_and_the_list_names_nobody(app: Flask, signed: int) -> None:
    browser, token = enter(app, RoleName.REVIEWER)

    assert "By e-mail address" in get(browser, LIST).text
    found = post(browser, LIST, token, by="email", email="Grace@people.example", why=WHY)

    assert found.status_code == 200 and f'href="{LIST}/{signed}"' in found.text
    table = found.text[found.text.index("<table") : found.text.index("</table>")]
    assert not any(secret in table for secret in SECRETS)
    nobody = post(browser, LIST, token, by="email", email="ada@people.example", why=WHY)
    assert "Nothing found" in nobody.text


def test_it_is_found_by_its_name(app: Flask, signed: int) -> None:
    browser, token = enter(app, RoleName.REVIEWER)
    with app.app_context():
        slug = db.session.scalars(select(Campaign.slug)).one()

    found = post(browser, LIST, token, by="name", campaign=slug, name="GRACE canary", why=WHY)

    assert f'href="{LIST}/{signed}"' in found.text and "1 signature was searched" in found.text


@pytest.mark.parametrize(("by", "most"), [("name", 30), ("email", 120)])
def test_an_account_searches_so_often_in_an_hour_and_then_waits(
    app: Flask, signed: int, by: str, most: int
) -> None:
    browser, token = enter(app, RoleName.REVIEWER)
    other, their_token = enter(app, RoleName.ADMIN)
    with app.app_context():
        slug = db.session.scalars(select(Campaign.slug)).one()
    form = {"by": by, "campaign": slug, "name": "Ada B", "email": "ada@people.example", "why": WHY}

    def search() -> int:
        return post(browser, LIST, token, **form).status_code

    with time_machine.travel(utcnow(), tick=False):
        assert {search() for _ in range(most)} == {200}
        late = post(browser, LIST, token, **form)
        assert late.status_code == 429 and 0 < int(late.headers["Retry-After"]) <= 3600
        assert "You have searched very often" in late.text and f'value="{WHY}"' in late.text
        assert post(other, LIST, their_token, **form).status_code == 200
        with app.app_context():
            searched = select(func.count(Event.id)).where(Event.action == "signatures.searched")
            assert db.session.scalar(searched) == most + 1


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"by": "email", "email": "grace", "why": WHY}, "email-email"),
        ({"by": "email", "email": "grace@people.example", "why": ""}, "email-why"),
        ({"by": "email", "email": "g@people.example", "why": "x" * 501}, "email-why"),
        (
            {"by": "email", "email": "g@people.example", "why": WHY, "campaign": "no"},
            "email-campaign",
        ),
        ({"by": "name", "campaign": "letter", "name": "Ada", "why": WHY}, "name-campaign"),
        ({"by": "name", "name": "", "why": WHY}, "name-campaign"),
    ],
)
def test_a_refused_search_keeps_what_was_typed(
    app: Flask, signed: int, form: dict[str, str], field: str
) -> None:
    browser, token = enter(app, RoleName.REVIEWER)

    answer = post(browser, LIST, token, **form)

    assert answer.status_code == 422 and f'id="wrong-{field}"' in answer.text
    assert f'value="{form["why"]}"' in answer.text


def test_the_page_names_nobody_before_a_reason_is_given(app: Flask, signed: int) -> None:
    browser, token = enter(app, RoleName.REVIEWER)
    path = f"{LIST}/{signed}"

    closed = get(browser, path)
    without = post(browser, path, token, why="  ")
    assert not any(secret in closed.text + without.text for secret in SECRETS)
    assert without.status_code == 422 and "signature.viewed" not in str(list_events(app, signed))

    opened = post(browser, path, token, why=WHY)

    assert all(secret in opened.text for secret in SECRETS)
    assert "no-store" in opened.headers["Cache-Control"]
    assert list_events(app, signed)[-1] == ("signature.viewed", "staff", WHY)
    again = get(browser, path).text
    assert "Staff were shown who signed." in again and WHY in again
    assert not any(secret in again for secret in SECRETS)


def test_a_name_is_corrected_until_a_letter_has_it(app: Flask, signed: int) -> None:
    browser, token = enter(app, RoleName.REVIEWER)
    path = f"{LIST}/{signed}/name"
    opened = post(browser, f"{LIST}/{signed}", token, why=WHY)
    seen = re.search(r'name="seen" value="([0-9a-f]{16})"', opened.text)
    assert mark(app, signed + 1, "Grace Canary") != mark(app, signed, "Grace Canary")
    assert seen and seen[1] == mark(app, signed, "Grace Canary")
    form = {"given_name": "Grace", "family_name": "Hopper", "seen": seen[1], "why": WHY}

    done = post(browser, path, token, **form)
    late = post(browser, path, token, **form)

    assert done.status_code == 303 and late.status_code == 409
    assert "Someone has changed the name since you opened the page." in late.text
    person = read(app, signed).person
    assert person and person.name == "Grace Hopper"
    assert read(app, signed).name_changes == 0  # the signer's own changes are left to them
    assert list_events(app, signed)[-1] == ("signature.amended", "staff", WHY)


@pytest.mark.parametrize("seen", ["", "Grace", "Grace Canary", "0" * 16])
def test_a_wrong_form_of_a_correction_does_not_tell_the_name(
    app: Flask, signed: int, seen: str
) -> None:
    browser, token = enter(app, RoleName.REVIEWER)
    form = {"given_name": "A", "family_name": "B", "seen": seen, "why": WHY}

    refused = post(browser, f"{LIST}/{signed}/name", token, **form)

    assert refused.status_code == 409
    assert not any(secret in refused.text.replace(seen, "") for secret in SECRETS)
    assert list_events(app, signed) == []


def test_a_name_in_a_letter_that_was_sent_is_not_corrected(app: Flask) -> None:
    world = make_world(app)
    world.send(world.count(100)[0])
    with app.app_context():
        signature_id = db.session.scalars(select(LedgerEntry.signature_id)).first() or 0
        person = db.session.get_one(Signature, signature_id).person
        name = person.name if person else ""
        assert db.session.scalars(select(Milestone.sealed_at)).one()
    browser, token = enter(app, RoleName.REVIEWER)

    opened = post(browser, f"{LIST}/{signature_id}", token, why=WHY)
    form = {
        "given_name": "New",
        "family_name": "Name",
        "seen": mark(app, signature_id, name),
        "why": WHY,
    }
    refused = post(browser, f"{LIST}/{signature_id}/name", token, **form)

    assert "name" not in find_forms(opened.text) and "named in <a" in opened.text
    assert refused.status_code == 422
    with app.app_context():
        kept = db.session.get_one(Signature, signature_id).person
        assert kept and kept.name == name


def test_a_signature_is_withdrawn_once_and_only_when_sure(app: Flask, signed: int) -> None:
    browser, token = enter(app, RoleName.REVIEWER)
    path = f"{LIST}/{signed}/withdraw"

    unsure = post(browser, path, token, why=WHY)
    without = post(browser, path, token, why="", sure="1")
    assert (unsure.status_code, without.status_code) == (422, 422)
    assert read(app, signed).ended_at is None

    assert post(browser, path, token, why=WHY, sure="1").status_code == 303
    assert post(browser, path, token, why=WHY, sure="1").status_code == 303

    assert read(app, signed).state == "withdrawn"
    events = [event for event in list_events(app, signed) if event[0] == "signature.withdrawn"]
    assert events == [("signature.withdrawn", "staff", WHY)]
    assert "withdraw" not in find_forms(get(browser, f"{LIST}/{signed}").text)


def test_the_data_is_handed_out_and_then_erased(app: Flask, signed: int) -> None:
    browser, token = enter(app, RoleName.REVIEWER)
    path = f"{LIST}/{signed}"

    file = post(browser, f"{path}/data.json", token, why=WHY)
    assert (
        file.mimetype == "application/json" and "attachment" in file.headers["Content-Disposition"]
    )
    assert json.loads(file.text)["person"]["email"] == "grace@people.example"
    assert post(browser, f"{path}/data.json", token, why="").status_code == 422

    assert post(browser, f"{path}/erase", token, why=WHY, sure="1").status_code == 303

    assert read(app, signed).person is None
    page = get(browser, path).text
    assert "data was erased" in page and find_forms(page) == []
    shown = post(browser, path, token, why=WHY)
    assert shown.status_code == 404 or "no personal data" in shown.text
    actions = [event[0] for event in list_events(app, signed)]
    assert actions == ["signature.exported", "signature.erased"]


def test_an_imported_signature_says_where_it_came_from(app: Flask, signed: int) -> None:
    from petition.core.clock import utcnow

    with app.app_context(), transaction() as session:
        batch = ImportBatch(
            campaign_id=session.get_one(Signature, signed).campaign_id,
            actor="cli",
            source="Sheets of the town fair",
            sha256="0" * 64,
            mapping={},
            vouched=True,
            proof_sha256="1" * 64,
            started_at=utcnow(),
        )
        session.add(batch)
        session.flush()
        session.execute(update(Signature).values(batch=batch.name))
    browser, _ = enter(app, RoleName.REVIEWER)

    page = get(browser, f"{LIST}/{signed}").text

    assert "“Sheets of the town fair”; staff hold a proof" in page


def ask_all(browser: FlaskClient, token: str, signature_id: int) -> list[int]:
    """Return the status of the search, the page, and each form; those that end it come last."""
    one = f"{LIST}/{signature_id}"
    form = {"why": WHY, "sure": "1", "email": "grace@people.example", "by": "email"}
    names = {
        "seen": mark(browser.application, signature_id, "Grace Canary"),
        "given_name": "G",
        "family_name": "C",
    }
    found = [get(browser, LIST).status_code, post(browser, LIST, token, **form).status_code]
    found.append(get(browser, one).status_code)
    for path in (one, f"{one}/name", f"{one}/data.json", f"{one}/withdraw", f"{one}/erase"):
        found.append(post(browser, path, token, **form, **names).status_code)
    return found


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_only_reviewers_and_admins_open_signatures(app: Flask, signed: int, role: RoleName) -> None:
    browser, token = enter(app, role)

    found = ask_all(browser, token, signed)

    may = [200, 200, 200, 200, 303, 200, 303, 303]
    assert found == (may if role in OPENS else [403] * 8)
    if role not in OPENS:
        assert list_events(app, signed) == [] and LIST not in get(browser, "/staff/attention").text


def test_a_reviewer_of_another_campaign_finds_nothing_and_opens_nothing(
    app: Flask, signed: int
) -> None:
    browser, token = enter(app, RoleName.REVIEWER)
    with app.app_context(), transaction() as session:
        other = make_campaign(session, slug="other")
        session.flush()
        session.execute(update(RoleGrant).values(campaign_id=other.id))

    found = post(browser, LIST, token, by="email", email="grace@people.example", why=WHY)

    assert "Nothing found" in found.text
    assert ask_all(browser, token, signed)[2:] == [404] * 6
    missing = get(browser, f"{LIST}/{signed + 1}")
    assert missing.status_code == 404
    assert list_events(app, signed) == []


def test_every_action_on_a_signature_has_a_sentence(app: Flask) -> None:
    from tests.audit.test_event_readers import Path, petition  # the package's folder

    root = Path(petition.__file__).parent
    named = {
        action
        for path in root.rglob("*.py")
        for action in re.findall(r'record(?:_all)?\([^)]*?"(signature\.[a-z_]+)"', path.read_text())
    }

    assert len(named) > 8 and named <= SENTENCES.keys()


def test_two_corrections_at_once_keep_one(app: Flask, signed: int) -> None:
    with app.app_context():
        amend_signature(signed, {"given_name": "Grace", "family_name": "Own"})
    browser, token = enter(app, RoleName.REVIEWER)
    form = {"given_name": "Staff", "family_name": "Name", "why": WHY}

    refused = post(
        browser, f"{LIST}/{signed}/name", token, seen=mark(app, signed, "Grace Canary"), **form
    )

    assert refused.status_code == 409 and 'value="Staff"' in refused.text  # nothing typed is lost
    person = read(app, signed).person
    assert person and person.name == "Grace Own"
