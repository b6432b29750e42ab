"""The private page's letters: those that keep the name of who has moved or withdrawn since."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.departures import take_out_batch
from petition.models import (
    Delivery,
    LedgerEntry,
    Letter,
    Milestone,
    MilestoneState,
    Signature,
    SignatureState,
)
from petition.models.signatures.relocation import MOVE_WAIT
from petition.postal.zip_places import known_postal_code
from petition.signers.residence import give_address
from petition.signers.status import Status, read_status
from petition.signers.withdraw import erase_signature, withdraw_signature
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.notifications.conftest import arrive, carry
from tests.redistricting.world import AMHERST, CAMBRIDGE, STEP, lay_state, send, sign, work

Later = Callable[[timedelta], None]
MOMENT = timedelta(minutes=1)


def read(signature_id: int) -> Status:
    db.session.rollback()
    return read_status(make_token(signature_id, LinkPurpose.STATUS))


def list_codes(signature_id: int) -> tuple[list[str | None], list[str]]:
    """Return the codes of the letters that carry a signer now, and of those in the past."""
    status = read(signature_id)
    return [counting.code for counting in status.countings], [past.code for past in status.past]


def take_out(signature_id: int) -> None:
    campaign_id = db.session.scalars(
        select(Signature.campaign_id).where(Signature.id == signature_id)
    ).one()
    take_out_batch(campaign_id)


def leave_one(leave: Callable[[int], object], later: Later, counted: bool = True) -> int:
    """Let one of three leave whose letter went; return the signature's id."""
    milestone, (signature_id, *_) = carry({}, {}, {})
    with transaction() as session:
        session.get_one(Milestone, milestone).sealed_at = utcnow()
    arrive(milestone)
    later(MOMENT)
    leave(signature_id)
    if counted:
        take_out(signature_id)
    return signature_id


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("leave", [withdraw_signature, erase_signature])
def test_who_left_still_sees_the_letter_that_keeps_their_name(
    context: AppContext, make_later: Later, leave: Callable[[int], object], counted: bool
) -> None:
    signature_id = leave_one(leave, make_later, counted)

    milestone = db.session.scalars(select(Milestone)).one()
    (past,) = read(signature_id).past
    assert (past.code, past.threshold) == (milestone.code, 3)
    assert (past.district, past.layer) == (milestone.district.name, "county")
    assert isinstance(past.left_at, datetime) and past.left_at > utcnow() - MOMENT


def test_who_stays_has_no_past_letter(context: AppContext) -> None:
    milestone, (signature_id,) = carry({})
    arrive(milestone)

    assert read(signature_id).past == []


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_letter_that_never_arrived_is_none(
    context: AppContext, make_later: Later, state: str
) -> None:
    milestone, (signature_id,) = carry({})
    with transaction() as session:
        session.get_one(Milestone, milestone).sealed_at = utcnow()
    arrive(milestone, state=state)
    make_later(MOMENT)
    withdraw_signature(signature_id)
    take_out(signature_id)

    assert read(signature_id).past == []


@pytest.mark.parametrize("sealed", [True, False])
def test_a_letter_made_after_they_left_does_not_name_them(
    context: AppContext, make_later: Later, sealed: bool
) -> None:
    milestone, (signature_id, *_) = carry({}, {})
    with transaction() as session:
        # As of an older milestone whose letter still waits while a later one has gone.
        session.get_one(Milestone, milestone).state = MilestoneState.REACHED
        session.flush()
        session.scalars(
            select(LedgerEntry).where(LedgerEntry.signature_id == signature_id)
        ).one().left_at = utcnow()
        session.flush()
        session.get_one(Milestone, milestone).state = MilestoneState.CLEARED
    make_later(MOMENT)
    with transaction() as session:
        session.get_one(Milestone, milestone).sealed_at = utcnow() if sealed else None
    arrive(milestone)

    assert read(signature_id).past == []


def test_who_moves_sees_the_letter_they_left_behind_and_that_of_their_district(
    context: AppContext, make_later: Later
) -> None:
    _, campaign_id = lay_state()
    movers = sign(campaign_id, AMHERST, STEP)
    sign(campaign_id, CAMBRIDGE, STEP - 1)
    work(campaign_id)
    send(campaign_id)
    ((first,), past) = list_codes(movers[0])
    assert first is not None and past == []

    make_later(MOMENT)
    form: dict[str, Any] = {"street_address": "1 Main Street", "postal_code": CAMBRIDGE}
    give_address(movers[0], form, known_postal_code)
    work(campaign_id)
    make_later(MOVE_WAIT + MOMENT)
    work(campaign_id)
    send(campaign_id)

    ((second,), past) = list_codes(movers[0])
    assert second not in (None, first) and past == [first]
    assert read(movers[0]).past[0].district == "District One"

    make_later(MOMENT)
    withdraw_signature(movers[0])
    work(campaign_id)

    status = read(movers[0])
    assert status.state == SignatureState.WITHDRAWN
    assert [letter.code for letter in status.past] == [first, second]


def test_who_moves_away_and_comes_back_is_told_of_the_letter_once(
    context: AppContext, make_later: Later
) -> None:
    _, campaign_id = lay_state()
    mover = sign(campaign_id, AMHERST, STEP)[0]
    work(campaign_id)
    send(campaign_id)
    ((code,), _) = list_codes(mover)
    for postal_code in (CAMBRIDGE, AMHERST):
        make_later(MOMENT)
        form = {"street_address": "1 Main Street", "postal_code": postal_code}
        give_address(mover, form, known_postal_code)
        work(campaign_id)

    assert list_codes(mover) == ([code], [])


def test_a_letter_that_was_made_anew_without_them_is_none_of_theirs(
    context: AppContext,
) -> None:
    _, campaign_id = lay_state()
    leaver, *_ = sign(campaign_id, AMHERST, STEP + 1)
    work(campaign_id)
    withdraw_signature(leaver)
    work(campaign_id)
    send(campaign_id)

    assert db.session.scalars(select(Delivery.state)).all() == ["accepted"]
    assert db.session.scalars(select(Letter.names)).all() == [STEP]
    assert read(leaver).past == []
