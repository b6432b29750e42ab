"""Seats: two people at most sign with a mailbox, and only what its owner confirms counts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from petition.campaigns.campaign_problems import CampaignProblem
from petition.campaigns.lifecycle import set_state
from petition.core.clock import utcnow
from petition.core.errors import CampaignNotOpen, TokenExpired
from petition.core.extensions import db, transaction
from petition.models import Campaign, CampaignState, Event, Signature, SignatureState
from petition.signers.confirm import confirm, look
from petition.signers.erasure_log import find_journal
from petition.signers.withdraw import withdraw_signature
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.factories import make_campaign, make_person, make_signature

EMAIL = "ada@people.example"


def add(name: str = "Ada", **changes: object) -> int:
    """Add unconfirmed answers of one mailbox on the only campaign."""
    with transaction() as session:
        campaign = session.scalar(select(Campaign)) or make_campaign(session, confirm_email=True)
        person = make_person(given_name=name, email=EMAIL)
        values = {"state": SignatureState.PENDING, "confirmed_at": None} | changes
        return make_signature(session, campaign, person=person, **values).id


def make_link(signature_id: int) -> str:
    return make_token(signature_id, LinkPurpose.CONFIRM)


def read_seats() -> dict[int, tuple[str, int | None]]:
    db.session.rollback()
    rows = db.session.execute(
        select(Signature.id, Signature.state, Signature.seat).where(Signature.ended_at.is_(None))
    )
    return {row.id: (row.state, row.seat) for row in rows}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signatures SET state = 'confirmed' WHERE state = 'pending'",
        "UPDATE signatures SET seat = 1 WHERE state = 'pending'",
        "UPDATE signatures SET seat = NULL WHERE state = 'confirmed'",
        "UPDATE signatures SET seat = 3 WHERE state = 'confirmed'",
        "UPDATE signatures SET seat = 0 WHERE state = 'confirmed'",
        "UPDATE signatures SET state = 'confirmed', seat = 1 WHERE state = 'pending'",
        "UPDATE signatures SET state = 'confirmed', seat = 2 WHERE state = 'pending'",
        "UPDATE signatures SET name_changes = 4",
        "UPDATE signatures SET name_changes = -1",
    ],
)
def test_the_database_refuses_a_third_signature_and_one_that_nobody_confirmed(
    context: AppContext, statement: str
) -> None:
    for state in (
        {},
        {"state": "confirmed", "seat": 1},
        {"state": "confirmed", "seat": 2},
        {},
    ):
        add(**state)

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(statement))


def test_looking_shows_the_answers_and_changes_nothing(context: AppContext) -> None:
    signature_id = add("Ada")
    before = read_seats()

    found = look(make_link(signature_id))

    assert (found.name.split()[0], found.locality, found.already) == ("Ada", "Cambridge", False)
    assert (found.standing, read_seats()) == ([], before)


def test_confirming_twice_changes_nothing_more(context: AppContext) -> None:
    signature_id = add()
    confirm(make_link(signature_id))
    first = db.session.get_one(Signature, signature_id).confirmed_at

    assert confirm(make_link(signature_id), "add").already

    assert read_seats() == {signature_id: ("confirmed", 1)}
    assert db.session.get_one(Signature, signature_id).confirmed_at == first
    assert db.session.get_one(Signature, signature_id).proved_at == first


@pytest.mark.parametrize("choice", ["", "add-1", "replace-nobody", "replace-\udcff", "nonsense"])
def test_without_a_choice_that_fits_nothing_is_confirmed(context: AppContext, choice: str) -> None:
    first, second = add(), add("Bob")
    confirm(make_link(first))

    found = confirm(make_link(second), choice)

    assert not found.already
    assert [one.name.split()[0] for one in found.standing] == ["Ada"]
    assert read_seats() == {first: ("confirmed", 1), second: ("pending", None)}


def test_the_owner_replaces_what_was_signed_and_a_restore_does_not_bring_it_back(
    context: AppContext,
) -> None:
    first, second = add(), add("Bob")
    confirm(make_link(first))

    assert confirm(make_link(second), "replace").already
    assert confirm(make_link(second), "replace").already

    assert read_seats() == {second: ("confirmed", 1)}
    assert db.session.get_one(Signature, first).state == SignatureState.WITHDRAWN
    assert db.session.get_one(Signature, first).due_at is not None  # to leave the count
    assert f" withdrawn {first} " in find_journal().read_text()
    trail = db.session.execute(select(Event.action, Event.subject_id, Event.detail)).all()
    assert trail == [("signature.withdrawn", first, {"replaced_by": second})]


def test_a_second_person_is_added_and_a_third_only_replaces_one_by_name(
    context: AppContext,
) -> None:
    ada, bob, eve = add("Ada"), add("Bob"), add("Eve")
    confirm(make_link(ada))
    confirm(make_link(bob), "add")

    refused = confirm(make_link(eve), "add")
    assert refused.is_full and not refused.already
    assert not confirm(make_link(eve), "replace").already  # it does not say whom
    names = {one.name.split()[0]: one.key for one in look(make_link(eve)).standing}
    assert confirm(make_link(eve), f"replace-{names['Bob']}").already

    assert read_seats() == {ada: ("confirmed", 1), eve: ("confirmed", 2)}


def test_a_seat_that_was_given_up_is_free_again(context: AppContext) -> None:
    ada, bob, eve = add("Ada"), add("Bob"), add("Eve")
    confirm(make_link(ada))
    confirm(make_link(bob), "add")
    withdraw_signature(ada)

    assert confirm(make_link(eve), "add").already

    assert read_seats() == {bob: ("confirmed", 2), eve: ("confirmed", 1)}


def test_a_choice_by_name_holds_for_who_stood_there_when_it_was_shown(context: AppContext) -> None:
    ada, bob, eve = add("Ada"), add("Bob"), add("Eve")
    confirm(make_link(ada))
    (shown,) = look(make_link(eve)).standing
    confirm(make_link(bob), "replace")

    assert not confirm(make_link(eve), f"replace-{shown.key}").already

    assert read_seats() == {bob: ("confirmed", 1), eve: ("pending", None)}


@pytest.mark.parametrize("choice", ["", "add", "replace"])
def test_of_many_at_once_no_more_than_fit_go_through(app: Flask, choice: str) -> None:
    with app.app_context():
        links = [make_link(add(f"No{chr(65 + number)}")) for number in range(6)]

    def confirm_once(link: str) -> None:
        with app.app_context(), suppress(TokenExpired):  # it was replaced meanwhile
            confirm(link, choice)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(confirm_once, links * 2))

    with app.app_context():
        seats = sorted(seat for _, seat in read_seats().values() if seat)
    assert seats == {"": [1], "add": [1, 2], "replace": [1]}[choice]


@pytest.mark.parametrize("choice", ["", "add", "replace"])
@pytest.mark.parametrize("by_date", [True, False])
def test_after_the_close_nothing_is_confirmed(
    context: AppContext, make_later: Callable[[timedelta], None], by_date: bool, choice: str
) -> None:
    first, second = add(), add("Bob")
    if choice:
        confirm(make_link(first))
    with transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        if by_date:
            campaign.closes_at = utcnow() + timedelta(hours=1)
    slug = campaign.slug
    if not by_date:
        set_state(slug, CampaignState.CLOSED)
    before = read_seats()
    make_later(timedelta(hours=2))

    for act in (look, lambda link: confirm(link, choice)):
        with pytest.raises(CampaignNotOpen) as refused:
            act(make_link(second))
        assert refused.value.problem.code == CampaignProblem.CLOSED_ON_UNCONFIRMED
        assert isinstance(refused.value.problem.params["day"], datetime)

    assert read_seats() == before


def test_a_campaign_may_take_confirmations_after_its_close(context: AppContext) -> None:
    signature_id = add()
    with transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        campaign.state, campaign.confirm_after_close = CampaignState.CLOSED, True

    assert confirm(make_link(signature_id)).already
