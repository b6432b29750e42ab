"""People near an organization by the API: what the portal's page gives, by the same look-ups."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import h3
import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Access, AccessPerson, Campaign, Consent
from petition.partners.bases.base_changes import end_base
from petition.partners.bases.base_list import list_bases
from petition.partners.lookups import near_people
from petition.partners.people.person_ids import name_base, name_consent, name_person
from petition.partners.tokens.token_store import create_token, revoke_token
from petition.web.ratelimit import look_up_limits
from tests.factories import make_base, make_offer, make_person
from tests.partners.lookups.near_world import (
    HOME,
    add_campaign,
    add_group,
    add_person,
    allow,
    find_cell,
)
from tests.web.api.world import API, call

NEAR = "/people/near"
WEST = (37.8044, -122.2712)
WAITS = {"decision": None, "decided_at": None, "decided_by": None}


@dataclass
class Near:
    """Two organizations of one campaign with bases, ``riders`` and ``walkers``."""

    app: Flask
    campaign_id: int
    riders: int
    walkers: int

    def make_token(self, group: int = 0, *scopes: str) -> str:
        with self.app.app_context():
            asked = scopes or ("people:read",)
            return create_token(group or self.riders, "Ours", asked, actor="test").secret

    def add(self, *groups: int, given: str = "Ada", cell: str = HOME, purpose: str = "contact"):
        with self.app.app_context():
            return add_person(
                self.campaign_id,
                *(groups or (self.riders,)),
                cell=cell,
                purpose=purpose,
                person=make_person(given_name=given, family_name="Lovelace"),
            )

    def add_base(self, group: int = 0, at: tuple[float, float] = WEST, **values: Any) -> str:
        """Add a base that staff approved; return its identifier for the riders."""
        with self.app.app_context(), transaction() as session:
            number = make_base(session, group or self.riders, at, **values).id
            return name_base(self.riders, number)

    def list_bases(self, group: int = 0) -> list[dict[str, str]]:
        """Return the bases as a program of the organization reads them."""
        token = self.make_token(group, "campaigns:read")
        return call(self.app, "/organization", token).json["bases"]

    def end_bases(self) -> None:
        with self.app.app_context():
            for base in list_bases(self.riders):
                end_base(base.id, actor="test")
            db.session.remove()


@pytest.fixture
def near(app: Flask) -> Near:
    with app.app_context():
        campaign_id = add_campaign(slug="square", comments="all")
        groups = [add_group(campaign_id, slug) for slug in ("riders", "walkers")]
    return Near(app, campaign_id, *groups)


def name_all(answer) -> list[str]:
    return [person["name"] for person in answer.json["items"]]


def test_people_come_nearest_area_first_with_what_the_page_shows(near: Near) -> None:
    near.add(given="Far", cell=find_cell(9))
    near.add(given="Near", cell=find_cell(1))
    near.add(given="Beyond", cell=find_cell(30))
    near.add(near.walkers, given="Other")

    answer = call(near.app, NEAR, near.make_token())

    assert answer.status_code == 200 and name_all(answer) == ["Near L.", "Far L."]
    first = answer.json["items"][0]
    assert first["email"] is None and first["identifiers"][0].startswith("hundredth:")
    assert set(first) == {
        "identifiers",
        "name",
        "locality",
        "campaign",
        "language",
        "comment",
        "since",
        "takes_mail",
        "email",
    }
    assert [set(cell) for cell in answer.json["cells"]] == [{"latitude", "longitude", "people"}] * 2
    assert (answer.json["total"], answer.json["around"], answer.json["restarted"]) == (
        2,
        None,
        False,
    )
    assert "RateLimit" in answer.headers and answer.headers["Cache-Control"] == "no-store"


def test_the_identifier_is_that_of_people(near: Near) -> None:
    near.add()
    token = near.make_token()

    near_one = call(near.app, NEAR, token).json["items"][0]
    (listed,) = call(near.app, "/people?purpose=contact", token).json["items"]

    assert near_one["identifiers"] == listed["identifiers"]


def test_who_also_allows_updates_comes_with_name_and_address(near: Near) -> None:
    with near.app.app_context(), transaction() as session:
        make_offer(session, session.get_one(Campaign, near.campaign_id), purpose="updates")
    signature_id = near.add()
    with near.app.app_context(), transaction():
        allow(near.campaign_id, signature_id, near.riders, "updates")

    (person,) = call(near.app, NEAR, near.make_token()).json["items"]

    assert person["name"] == "Ada Lovelace" and person["email"].endswith(".example")


def test_pages_follow_one_another_and_each_is_a_look_up_that_is_written_down(
    near: Near, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_people, "PAGE", 2)
    for number in range(5):
        near.add(given=f"P{'abcde'[number]}")
    token, found, path = near.make_token(), [], NEAR

    while path:
        answer = call(near.app, path, token)
        found += name_all(answer)
        path = (answer.json["next"] or "").removeprefix(API)
        assert bool(path) == ("Link" in answer.headers)

    assert found == ["Pa L.", "Pb L.", "Pc L.", "Pd L.", "Pe L."]
    with near.app.app_context():
        accesses = db.session.scalars(select(Access).order_by(Access.id)).all()
        assert [(one.actor, one.kind, one.people) for one in accesses] == [
            ("token:1", "api", people) for people in (2, 2, 1)
        ]
        assert len(db.session.scalars(select(AccessPerson)).all()) == 5


def test_who_withdraws_is_gone_and_a_page_after_them_begins_anew(
    near: Near, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_people, "PAGE", 1)
    first = near.add(given="First")
    near.add(given="Second")
    token = near.make_token()
    after = call(near.app, NEAR, token).json["next"].removeprefix(API)
    with near.app.app_context(), transaction() as session:
        consent = session.scalars(select(Consent).where(Consent.signature_id == first)).one()
        consent.withdrawn_at = utcnow()

    answer = call(near.app, after, token)

    assert name_all(answer) == ["Second L."] and answer.json["restarted"] is True


def test_filters_are_those_of_the_page(near: Near) -> None:
    near.add()
    token = near.make_token()

    def ask(query: str) -> int | list[str]:
        answer = call(near.app, f"{NEAR}?{query}", token)
        return name_all(answer) if answer.status_code == 200 else answer.status_code

    assert ask("campaign=square") == ask("since=2000-01-01") == ["Ada L."]
    assert ask("since=2999-01-01") == ask("comment=true") == []
    for wrong in (
        "campaign=nothing",
        "since=2026-02-30",
        "since=20260201",
        "comment=1",
        "limit=5",
        "latitude=42.3",
        "reach=1",
    ):
        assert ask(wrong) == 400, wrong


def test_one_organization_sees_nothing_of_another_and_takes_no_cursor_of_it(
    near: Near, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_people, "PAGE", 1)
    near.add(given="Ours")
    near.add(given="Second")
    mine, theirs = near.make_token(), near.make_token(near.walkers)
    page = call(near.app, NEAR, mine).json["next"].removeprefix(API)
    people = call(near.app, "/people?purpose=contact&limit=1", mine).json["next"]

    assert name_all(call(near.app, NEAR, theirs)) == []
    assert call(near.app, page, theirs).status_code == 400
    assert call(near.app, page.replace("after=", "after=x"), mine).status_code == 400
    of_people = people.partition("after=")[2]
    assert call(near.app, f"{NEAR}?after={of_people}", mine).status_code == 400


def test_a_token_that_ended_or_lacks_the_scope_takes_nothing(near: Near) -> None:
    near.add()
    with near.app.app_context():
        made = create_token(near.riders, "Ours", ("people:read",), actor="test")
        revoke_token(near.riders, made.id, actor="test")

    answers = [
        call(near.app, NEAR),
        call(near.app, NEAR, made.secret),
        call(near.app, NEAR, near.make_token(near.riders, "people:write")),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 403]
    with near.app.app_context():
        assert db.session.scalars(select(Access)).all() == []


def test_without_a_base_nobody_is_near_it(near: Near) -> None:
    near.add()
    near.end_bases()

    answer = call(near.app, NEAR, near.make_token())

    assert (answer.status_code, answer.json["code"]) == (409, "base-missing")


def test_the_portal_and_all_tokens_of_an_organization_share_its_look_ups(near: Near) -> None:
    near.add()
    tokens = [near.make_token() for _ in range(3)]
    with near.app.app_context():
        for number in range(100):
            assert look_up_limits.count_look_up(near.riders, f"partner:{number}") == 0

    answers = [call(near.app, NEAR, token) for token in tokens for _ in range(40)]

    told = [answer.status_code for answer in answers]
    allowed = told.count(200)
    # Hits are taken from the count some at a time, and a few of them may go unused.
    assert 60 <= allowed <= 80 and told == [200] * allowed + [429] * (120 - allowed)
    late = answers[-1]
    assert late.json["code"] == "look-ups-spent" and int(late.headers["Retry-After"]) > 0
    assert call(near.app, NEAR, near.make_token(near.walkers)).status_code == 200


def test_one_token_has_the_look_ups_of_one_account(near: Near) -> None:
    token = near.make_token()

    told = [call(near.app, NEAR, token).status_code for _ in range(61)]

    allowed = told.count(200)
    assert 50 <= allowed <= 60 and told == [200] * allowed + [429] * (61 - allowed)
    assert call(near.app, NEAR, near.make_token()).status_code == 200


def test_a_program_looks_from_any_base_in_use_and_from_the_first_unless_it_says(
    near: Near,
) -> None:
    near.add(given="East")
    near.add(given="West", cell=str(h3.latlng_to_cell(*WEST, 7)))
    near.add_base(name="Oakland")
    near.add_base(at=(10.0, 20.0), name="")
    near.add_base(at=(11.0, 20.0), name="Waiting", **WAITS)
    near.add_base(at=(12.0, 20.0), name="Former", ended_at=datetime(2026, 1, 1, tzinfo=UTC))
    token = near.make_token()

    first, second, third = near.list_bases()

    assert [one["name"] for one in (first, second, third)] == [
        "Somewhere",
        "Oakland",
        "10.00, 20.00",
    ]
    assert all(one["id"].startswith("hundredth:") for one in (first, second, third))
    asked = [
        call(near.app, f"{NEAR}{query}", token)
        for query in ("", f"?base={first['id']}", f"?base={second['id']}", f"?base={third['id']}")
    ]
    assert [name_all(answer) for answer in asked] == [["East L."], ["East L."], ["West L."], []]


def test_the_next_page_is_looked_for_from_the_same_base(
    near: Near, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_people, "PAGE", 1)
    for given in ("First", "Second"):
        near.add(given=given, cell=str(h3.latlng_to_cell(*WEST, 7)))
    base, token = near.add_base(), near.make_token()

    page = call(near.app, f"{NEAR}?base={base}&since=2000-01-01", token)
    address = page.json["next"]
    rest = call(near.app, address.removeprefix(API), token)

    assert parse_qs(urlsplit(address).query).keys() == {"base", "since", "after"}
    assert (name_all(page), name_all(rest)) == (["First L."], ["Second L."])
    assert page.headers["Link"] == f'<{address}>; rel="next"' and rest.json["next"] is None
    assert rest.json["restarted"] is False


def test_a_base_that_is_not_one_s_own_or_not_in_use_is_refused_and_is_no_look_up(
    near: Near,
) -> None:
    signature_id = near.add()
    (theirs,) = near.list_bases(near.walkers)
    with near.app.app_context():
        (number,) = (one.id for one in list_bases(near.walkers))
        renamed = name_base(near.riders, number)
        others = [name_person(near.riders, signature_id), name_consent(near.riders, 1)]
        nobody = name_base(near.riders, 999)
    waits = near.add_base(at=(11.0, 20.0), **WAITS)
    ended = near.add_base(at=(12.0, 20.0), ended_at=datetime(2026, 1, 1, tzinfo=UTC))
    unknown = "hundredth:" + "0" * 48
    token = near.make_token()

    alike = [unknown, theirs["id"], renamed, nobody, waits, ended, *others]
    answers = [call(near.app, f"{NEAR}?base={one}", token) for one in alike]
    odd = [
        call(near.app, f"{NEAR}?base={one}", token)
        for one in ("", "1", str(number), unknown + "%0A", unknown.upper(), unknown + "&base=1")
    ]

    assert {(answer.status_code, answer.text) for answer in answers} == {(400, answers[0].text)}
    for answer in [*answers, *odd]:
        assert answer.status_code == 400 and answer.json["code"] == "invalid-input"
        assert {fault["parameter"] for fault in answer.json["errors"]} == {"base"}
    with near.app.app_context():
        assert db.session.scalars(select(Access)).all() == []


def test_a_base_that_is_refused_uses_up_no_look_up(near: Near) -> None:
    token = near.make_token()

    refused = [
        call(near.app, f"{NEAR}?base=hundredth:{'0' * 48}", token).status_code for _ in range(70)
    ]

    assert set(refused) == {400}
    assert call(near.app, NEAR, token).status_code == 200
    near.end_bases()
    assert call(near.app, f"{NEAR}?base=hundredth:{'0' * 48}", token).status_code == 400


def test_every_base_of_an_organization_shares_its_look_ups(near: Near) -> None:
    bases, token = [near.add_base(), near.list_bases()[0]["id"]], near.make_token()

    told = [
        call(near.app, f"{NEAR}?base={bases[number % 2]}", token).status_code
        for number in range(61)
    ]

    allowed = told.count(200)
    assert 50 <= allowed <= 60 and told == [200] * allowed + [429] * (61 - allowed)
    with near.app.app_context():
        looked = {row["base"] for row in db.session.scalars(select(Access.filters))}
        assert len(looked) == 2
