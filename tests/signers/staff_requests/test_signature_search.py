"""Staff find signatures by an exact address or name; each search is an event, found or not."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from petition.core.errors import InvalidInput
from petition.core.extensions import db, transaction
from petition.models import Campaign, Event, Signature
from petition.signers.staff_requests import signature_search
from petition.signers.staff_requests.signature_search import (
    fold_name,
    search_email,
    search_name,
)
from petition.signers.withdraw import erase_signature, withdraw_signature
from tests.factories import make_campaign, make_person, make_signature

WHY = "a letter of the third of May"
ACTOR = "staff:7"
EMAIL = "grace@people.example"


def make_signed(app: Flask) -> tuple[int, int, list[int]]:
    """Store one mailbox in two campaigns, and a stranger; return both campaigns and the three."""
    with app.app_context(), transaction() as session:
        first, second = make_campaign(session), make_campaign(session, slug="other")
        grace = {"given_name": "Grace", "family_name": "Hopper-Ortiz", "email": EMAIL}
        signed = [
            make_signature(session, first, person=make_person(**grace)),
            make_signature(session, second, person=make_person(**grace)),
            make_signature(session, first, person=make_person(given_name="Zoë")),
        ]
        return first.id, second.id, [one.id for one in signed]


def find(app: Flask, typed: str, *campaign_ids: int) -> list[int]:
    with app.app_context():
        return [one.signature_id for one in search_email(typed, campaign_ids, WHY, ACTOR)]


def read_searches(app: Flask) -> list[tuple[str, int, dict[str, str]]]:
    with app.app_context():
        events = db.session.scalars(
            select(Event).where(Event.action == "signatures.searched").order_by(Event.id)
        )
        return [(event.actor, event.subject_id, dict(event.detail)) for event in events]


def test_an_address_is_found_in_the_campaigns_that_are_searched(app: Flask) -> None:
    first, second, (one, other, _) = make_signed(app)

    assert find(app, " Grace@People.example ", first, second) == [one, other]
    assert find(app, EMAIL, second) == [other]
    assert find(app, "nobody@people.example", first, second) == []
    assert read_searches(app)[0] == (ACTOR, first, {"by": "email", "why": WHY})
    assert [found[1] for found in read_searches(app)] == [first, second, second, first, second]


def test_what_ended_is_found_and_what_was_erased_is_not(app: Flask) -> None:
    first, second, (one, other, _) = make_signed(app)
    with app.app_context():
        withdraw_signature(one)
        erase_signature(other)

    assert find(app, EMAIL, first, second) == [one]


def test_a_name_is_found_whatever_its_case_accents_and_spaces(app: Flask) -> None:
    first, second, (one, other, zoe) = make_signed(app)
    with app.app_context():
        family = db.session.get_one(Signature, zoe).person.family_name  # type: ignore[union-attr]

        def search(name: str, campaign_id: int) -> list[int]:
            found = search_name(name, campaign_id, 0, WHY, ACTOR).found
            return [signature.signature_id for signature in found]

        assert search("grace  HOPPER-ortiz", first) == [one]
        assert search("Grace Hopper-Ortiz", second) == [other]
        assert search(f"Zoe\u0308 {family}", first) == [zoe]
        assert search("Grace", first) == []  # only whole names
        assert search("Hopper-Ortiz Grace", first) == []


def test_a_long_campaign_is_searched_in_parts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature_search, "ROWS_AT_ONCE", 5)
    monkeypatch.setattr(signature_search, "PAGE", 2)
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session)
            ids = [
                make_signature(
                    session,
                    campaign,
                    person=make_person(
                        given_name="Mary", family_name="Roe" if number % 4 == 0 else "Doe"
                    ),
                ).id
                for number in range(13)
            ]
        found, after, parts = [], 0, 0
        while True:
            part = search_name("mary roe", campaign.id, after, WHY, ACTOR)
            assert part.looked_at <= 5
            found += [one.signature_id for one in part.found]
            parts += 1
            if part.following is None:
                break
            after = part.following

    assert found == ids[::4] and parts == 3


@pytest.mark.parametrize(
    ("name", "why", "wrong"),
    [("", WHY, "name"), (" \u200b".strip("\u200b"), WHY, "name"), ("Ada", " ", "why")],
)
def test_a_search_without_a_name_or_a_reason_is_none(
    app: Flask, name: str, why: str, wrong: str
) -> None:
    first, _, _ = make_signed(app)
    with app.app_context(), pytest.raises(InvalidInput) as refused:
        search_name(name, first, 0, why, ACTOR)

    assert list(refused.value.problems) == [wrong] and read_searches(app) == []


def test_an_address_that_is_none_is_refused_and_no_search(app: Flask) -> None:
    first, _, _ = make_signed(app)
    with app.app_context(), pytest.raises(InvalidInput) as refused:
        search_email("no address", [first], WHY, ACTOR)

    assert list(refused.value.problems) == ["email"] and read_searches(app) == []


def test_a_row_that_does_not_open_is_passed_over(app: Flask) -> None:
    first, _, (one, _, zoe) = make_signed(app)
    with app.app_context():
        with transaction() as session:
            session.get_one(Campaign, first)
            session.connection().exec_driver_sql(
                f"UPDATE signatures SET link_secret = (SELECT s.link_secret FROM signatures s "  # noqa: S608
                f"WHERE s.id = {one}) WHERE id = {zoe}"
            )
        part = search_name("Grace Hopper-Ortiz", first, 0, WHY, ACTOR)

    assert [found.signature_id for found in part.found] == [one] and part.looked_at == 2


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(name: str) -> None:
    once = fold_name(name)
    assert fold_name(once.upper()) == fold_name(fold_name(once.upper()))
    assert "  " not in once and once == once.strip()
