"""FAULT 9: no page of the portal and no answer of the API is another organization's, or is given
once a role or a token is taken away. Each address is found in the app's own map.
"""

import re
import time
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.accounts.role_grants import grant_role, take_role
from petition.bulk.uploads.upload_requests import receive_list
from petition.core.extensions import db, transaction
from petition.models import (
    Access,
    ApiToken,
    Campaign,
    CampaignOrganization,
    Consent,
    ConsentPurpose,
    FeedCursor,
    ImportUpload,
    Organization,
    OrganizationBase,
    PartnerExport,
    RelayMessage,
    RoleName,
    WebhookEndpoint,
)
from petition.partners.consents.numbering import number_changes
from petition.partners.exports.export_askers import ExportAsker
from petition.partners.exports.export_requests import ExportWish, ask_for_export, prepare_exports
from petition.partners.people.person_ids import name_base
from petition.partners.relay.drafts import DraftForm, save_draft
from petition.partners.tokens.token_store import revoke_token
from petition.partners.webhooks.endpoints import add_endpoint
from petition.web.api.endpoints import PUBLIC
from tests.factories import (
    make_base,
    make_campaign,
    make_consent,
    make_offer,
    make_person,
    make_signature,
)
from tests.ground import SLUG
from tests.partners.lookups.near_world import BASE
from tests.web.account_world import find_user_id
from tests.web.api.world import call, find_organization_id, make_api_token, write_signature
from tests.web.staff_world import BASE as SITE
from tests.web.staff_world import find_token, get, strip_token
from tests.web.test_portals import EMAIL, add_second_owner, enter_partner, make_member

OTHER, UNKNOWN, OWN = "walkers", "nobody", "riders"
HOOK = "https://hooks.walkers.example/in"
SECRET = "Wilhelmina"
PART = re.compile(r"<[^<>]*?(\w+)>")
READABLE = ("partner.show_group_home", "partner.show_record")
ODD = ("%00", "%F0%9F%8C%88", "9" * 30, "..%2f", "a" * 3_000, "'", "-1", "0")


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """An owner of the riders; the walkers have a person, a draft, a list and a token, all of 1."""
    make_member(app, RoleName.OWNER)
    add_second_owner(app)
    with app.app_context():
        user_id = find_user_id(EMAIL)
        with transaction() as session:
            campaign = make_campaign(session, slug=SLUG)
            for purpose in ConsentPurpose:
                make_offer(session, campaign, slug=OWN, purpose=purpose)
                offer = make_offer(session, campaign, slug=OTHER, purpose=purpose)
                signature = make_signature(session, campaign, person=make_person(given_name=SECRET))
                make_consent(session, signature.id, offer)
            group = offer.organization_id
            part = {"campaign_id": campaign.id, "role": "partner", "position": 1}
            session.add(CampaignOrganization(organization_id=group, **part))
            for one in session.scalars(select(Organization.id)):
                make_base(session, one, BASE)
        save_draft(group, user_id, DraftForm(SECRET, "Come along."))
        add_endpoint(group, HOOK, ["consent.given"], "symmetric", actor="cli")
        receive_list(group, user_id, SLUG, SECRET, BytesIO(b"Name,ZIP\nAda,02139\n"))
        ask_for_export(group, ExportAsker(user_id=user_id), ExportWish("updates", "csv"))
        while prepare_exports() or number_changes():
            pass
    make_api_token(app, OTHER)
    return enter_partner(app)


def list_addresses(app: Flask, slug: str) -> Iterator[tuple[str, str, str]]:
    """Yield method, address and endpoint of each page of one organization; numbers are 1."""
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/partner/<"):
            continue
        path = rule.rule.replace("<any(pause, resume, stop):what>", "stop")
        path = PART.sub(lambda found: slug if found[1] == "slug" else "1", path)
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            yield method, path, rule.endpoint


def ask(browser: FlaskClient, method: str, path: str, token: str) -> TestResponse:
    typed = {"do": "revoke", "subject": "A", "body": "B", "number": "1", "csrf_token": token}
    form = {"data": typed, "headers": {"Origin": SITE}} if method == "POST" else {}
    return browser.open(path, method=method, base_url=SITE, **form)


def read_rows(app: Flask) -> list[object]:
    """Return what the walkers have, by all that these pages could change."""
    tables = (
        RelayMessage,
        PartnerExport,
        ApiToken,
        Consent,
        FeedCursor,
        ImportUpload,
        OrganizationBase,
        WebhookEndpoint,
    )
    with app.app_context():
        found = [
            [tuple(row) for row in db.session.execute(select(table.__table__)).all()]
            for table in tables
        ]
        db.session.remove()
        return found


def read_others(app: Flask) -> list[object]:
    """Return the rows of the walkers alone that a program of others could change."""
    tables = (RelayMessage, PartnerExport, ImportUpload, OrganizationBase, WebhookEndpoint)
    with app.app_context():
        group = find_organization_id(OTHER)
        found = [
            [
                tuple(row)
                for row in db.session.execute(
                    select(table.__table__).where(table.organization_id == group)
                )
            ]
            for table in tables
        ]
        db.session.remove()
        return found


def test_another_organization_is_answered_as_one_that_does_not_exist(
    app: Flask, browser: FlaskClient
) -> None:
    token, before = find_token(get(browser, "/partner/")), read_rows(app)
    others, unknown = list_addresses(app, OTHER), list_addresses(app, UNKNOWN)
    differ = []

    for (method, path, _), (_, nowhere, _) in zip(others, unknown, strict=True):
        answer, same = ask(browser, method, path, token), ask(browser, method, nowhere, token)
        if answer.status_code != 404 or strip_token(answer) != strip_token(same):
            differ.append((method, path, answer.status_code))

    assert differ == [] and read_rows(app) == before
    assert len(list(list_addresses(app, OTHER))) > 25


def test_another_organization_s_things_are_not_in_one_s_own(
    app: Flask, browser: FlaskClient
) -> None:
    token, before = find_token(get(browser, "/partner/")), read_rows(app)

    for method, path, _ in list_addresses(app, OWN):
        if "/1" in path:
            assert ask(browser, method, path, token).status_code in (404, 422), path
        elif method == "GET":
            answer = ask(browser, method, path, token)
            assert answer.status_code == 200 and SECRET not in answer.text, path
            assert answer.headers["Cache-Control"] == "private, no-store", path
            assert answer.headers["Referrer-Policy"] == "same-origin", path
            assert "ETag" not in answer.headers and "Last-Modified" not in answer.headers, path

    assert read_rows(app) == before


def test_who_was_removed_opens_nothing_from_the_next_request_on(
    app: Flask, browser: FlaskClient
) -> None:
    """A member of another organization stays signed in; of this one nothing is left."""
    token = find_token(get(browser, "/partner/"))
    with app.app_context(), transaction() as session:
        user_id, other = find_user_id(EMAIL), find_organization_id(OTHER)
        grant_role(session, user_id, RoleName.VIEWER, actor="cli", organization_id=other)
        take_role(session, user_id, RoleName.OWNER, actor="cli", organization_id=1)
    before = read_rows(app)

    for method, path, _ in list_addresses(app, OWN):
        assert ask(browser, method, path, token).status_code == 404, path
    statuses = {
        (method, endpoint): ask(browser, method, path, token).status_code
        for method, path, endpoint in list_addresses(app, OTHER)
    }

    readable = {("GET", endpoint) for endpoint in READABLE}
    assert {name for name, status in statuses.items() if status == 200} == readable
    assert {status for name, status in statuses.items() if name not in readable} == {403}
    assert read_rows(app) == before


def test_odd_addresses_are_no_failure_for_a_member(app: Flask, browser: FlaskClient) -> None:
    token, wrong = find_token(get(browser, "/partner/")), []

    for odd in ODD:
        for rule in app.url_map.iter_rules():
            if rule.rule.startswith("/partner/<"):
                path = rule.rule.replace("<any(pause, resume, stop):what>", odd)
                as_slug = PART.sub(lambda found, odd=odd: odd if found[1] == "slug" else "1", path)
                as_number = PART.sub(
                    lambda found, odd=odd: OWN if found[1] == "slug" else odd, path
                )
                for method in {"GET", "POST"} & (rule.methods or set()):
                    for address in {as_slug, as_number}:
                        status = ask(browser, method, address, token).status_code
                        wrong += [(method, address[:80], status)] if status >= 500 else []

    assert wrong == []


def list_calls(app: Flask) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the path of each call of the API that needs a token, and its method and body."""
    bodies = {
        "api.acknowledge_changes": {"number": 0},
        "api.record_signature": write_signature(),
    }
    for rule in app.url_map.iter_rules():
        is_own = rule.endpoint.startswith("api.") and rule.endpoint not in PUBLIC
        if is_own:
            path = rule.rule.removeprefix("/api/v1").replace("<slug:slug>", SLUG)
            for method in sorted({"GET", "POST", "DELETE"} & (rule.methods or set())):
                takes = method == "POST" and not rule.endpoint.endswith("_file")
                body = {"json": bodies.get(rule.endpoint, {})} if takes else {}
                yield PART.sub("1", path), {"method": method, **body}


def test_a_revoked_token_opens_nothing_within_a_second(app: Flask, browser: FlaskClient) -> None:
    token = make_api_token(app, OTHER)
    allowed = [call(app, path, token, **body) for path, body in list_calls(app)]
    statuses = {answer.status_code for answer in allowed}
    assert {200, 202} <= statuses <= {200, 202, 204, 400, 404, 422} and len(allowed) >= 12
    for answer in allowed:
        assert "no-store" in answer.headers["Cache-Control"], answer.request.path
    with app.app_context():
        number = db.session.scalars(select(ApiToken.id).order_by(ApiToken.id.desc())).first()
        revoke_token(find_organization_id(OTHER), number or 0, actor="test")
        db.session.remove()

    began = time.monotonic()
    answers = [call(app, path, token, **body) for path, body in list_calls(app)]

    wrong = [(one.request.path, one.text) for one in answers if one.status_code != 401]
    assert wrong == []
    assert not any(SECRET in answer.text for answer in answers)
    assert time.monotonic() - began < len(answers)


def test_a_token_reads_no_other_s_rows(app: Flask, browser: FlaskClient) -> None:
    own, before = make_api_token(app, OWN), read_others(app)

    for path, body in list_calls(app):
        answer = call(app, path, own, **body)
        assert SECRET not in answer.text, path
        assert (answer.json or {}).get("items", []) == [], path
    assert read_others(app) == before
    with app.app_context():
        assert len(db.session.scalars(select(Campaign.id)).all()) == 1


def test_another_organization_s_base_is_one_that_does_not_exist(
    app: Flask, browser: FlaskClient
) -> None:
    """By its own name, and by the name that it would have among one's own."""
    own, theirs = make_api_token(app, OWN), make_api_token(app, OTHER)
    ours, others = (call(app, "/organization", one).json["bases"] for one in (own, theirs))
    with app.app_context():
        group = find_organization_id(OWN)
        query = select(OrganizationBase.id).where(OrganizationBase.organization_id != group)
        named = [name_base(group, number) for number in db.session.scalars(query)]

    unknown = call(app, f"/people/near?base=hundredth:{'0' * 48}", own)
    tried = [others[0]["id"], *named]
    answers = [call(app, f"/people/near?base={one}", own) for one in tried]

    assert len(ours) == len(others) == 1 and len(named) == 1
    assert {(one.status_code, one.text) for one in answers} == {(400, unknown.text)}
    with app.app_context():
        assert db.session.scalars(select(Access)).all() == []
    assert call(app, f"/people/near?base={others[0]['id']}", theirs).status_code == 200
