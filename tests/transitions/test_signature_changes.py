"""A change of a signature's state: the table, the fence, the end, the event, the wake."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.core.errors import TransitionRefused
from petition.core.extensions import db, transaction
from petition.core.queues import Stage, get_queues
from petition.dispatch.leases import claim_rows
from petition.models import Event, Signature, SignatureState
from petition.models.states import ENDED, LIVE, SIGNATURE_TRANSITIONS
from petition.transitions.signature_changes import (
    ERASABLE,
    build_change,
    change_signature,
    change_signatures,
    list_fence,
)
from tests.factories import make_campaign, make_signature

S = SignatureState
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def make_in(session: Session, states: Iterable[SignatureState]) -> dict[SignatureState, int]:
    """Return a signature in each of the states."""
    campaign = make_campaign(session)
    made = {}
    for state in states:
        ended = {"ended_at": NOW} if state in ENDED else {}
        made[state] = make_signature(session, campaign, state=state, attempt=3, **ended).id
    return made


def read(signature_id: int) -> Signature:
    db.session.rollback()
    return db.session.get_one(Signature, signature_id, populate_existing=True)


def list_jobs(stage: Stage) -> list[tuple[int, ...]]:
    return [tuple(job.args) for job in get_queues().queue(stage).jobs]


@pytest.mark.parametrize("new", list(S))
def test_a_change_that_the_table_does_not_know_is_refused_and_writes_nothing(
    context: AppContext, new: SignatureState
) -> None:
    for old in (old for old in S if new not in SIGNATURE_TRANSITIONS[old]):
        with pytest.raises(TransitionRefused):
            build_change(new, [old], NOW)
        if old == new == S.CONFIRMED:
            continue  # located anew
        row = Signature(state=old, campaign_id=1, attempt=0)
        with pytest.raises(TransitionRefused):
            change_signature(db.session(), row, new, NOW)
        assert row.state == old


def test_only_what_is_in_one_of_the_states_changes_and_only_that_has_an_event(
    context: AppContext,
) -> None:
    with transaction() as session:
        made = make_in(session, LIVE)
        changed = change_signatures(
            session,
            S.REJECTED,
            (S.LOCATED, S.REVIEW),
            Signature.id.in_(made.values()),
            now=NOW,
            action="signature.tested",
            actor="ada",
            detail={"why": 4},
        )

    assert changed == sorted([made[S.LOCATED], made[S.REVIEW]])
    assert {old: read(id).state for old, id in made.items()} == {
        old: S.REJECTED if old in (S.LOCATED, S.REVIEW) else old for old in LIVE
    }
    events = db.session.scalars(select(Event).where(Event.action == "signature.tested")).all()
    assert sorted(event.subject_id for event in events) == changed
    assert {(event.actor, event.detail["why"]) for event in events} == {("ada", 4)}


def test_what_ends_has_its_moment_and_what_comes_back_has_none(context: AppContext) -> None:
    with transaction() as session:
        signature_id = make_in(session, [S.COUNTED])[S.COUNTED]
        change_signatures(
            session,
            S.REJECTED,
            LIVE,
            Signature.id == signature_id,
            now=NOW,
            reject_reason="forged",  # only they come back
        )
    assert read(signature_id).ended_at == NOW

    with transaction() as session:
        back = change_signatures(
            session, S.CONFIRMED, (S.REJECTED,), Signature.id == signature_id, now=NOW
        )

    assert back == [signature_id]
    assert read(signature_id).ended_at is None


def test_what_is_sent_back_to_be_located_is_due_by_a_new_try_and_stays_counted_till_then(
    context: AppContext,
) -> None:
    with transaction() as session:
        made = make_in(session, (S.COUNTED, S.REVIEW))
        change_signatures(
            session, S.CONFIRMED, (S.COUNTED, S.REVIEW), Signature.id.in_(made.values()), now=NOW
        )

    counted = read(made[S.COUNTED])
    assert (counted.due_at, counted.attempt, counted.relocated) == (NOW, 4, True)
    waiting = read(made[S.REVIEW])
    assert (waiting.due_at, waiting.attempt, waiting.relocated) == (NOW, 4, False)


@pytest.mark.parametrize("old", [S.PENDING, S.CONFIRMED, S.LOCATED, S.REVIEW, S.COUNTED])
def test_one_row_changes_as_many_do(context: AppContext, old: SignatureState) -> None:
    with transaction() as session:
        signature_id = make_in(session, [old])[old]
    with transaction() as session:
        signature = session.get_one(Signature, signature_id)
        change_signature(session, signature, S.CONFIRMED, NOW, seat=1)

    row = read(signature_id)
    assert (row.state, row.due_at, row.attempt) == (S.CONFIRMED, NOW, 4)
    assert row.relocated is (old == S.COUNTED)


def test_a_write_of_an_earlier_claim_changes_nothing(context: AppContext) -> None:
    with transaction() as session:
        signature_id = make_in(session, [S.CONFIRMED])[S.CONFIRMED]
        claim_rows(session, Signature, [signature_id], NOW, Signature.id)

    with transaction() as session:
        late, own = (
            session.execute(
                update(Signature)
                .where(*list_fence(signature_id, attempt, S.CONFIRMED))
                .values(precision="street")
                .returning(Signature.id)
            ).all()
            for attempt in (3, 4)
        )

    assert not late
    assert len(own) == 1


def test_the_stage_that_has_work_now_is_woken(context: AppContext) -> None:
    with transaction() as session:
        made = make_in(session, (S.REVIEW, S.COUNTED))
        campaign_id = session.get_one(Signature, made[S.REVIEW]).campaign_id
        change_signatures(
            session, S.CONFIRMED, (S.REVIEW,), Signature.id == made[S.REVIEW], now=NOW
        )
    assert (list_jobs(Stage.LOCATE), list_jobs(Stage.COUNT)) == ([()], [])

    with transaction() as session:
        change_signatures(
            session,
            S.WITHDRAWN,
            LIVE,
            Signature.id == made[S.COUNTED],
            now=NOW,
            due_at=NOW,
        )
    assert list_jobs(Stage.COUNT) == [(campaign_id,)]


def test_where_nothing_changed_or_nothing_is_due_nobody_is_woken(context: AppContext) -> None:
    with transaction() as session:
        made = make_in(session, (S.PENDING, S.LOCATED))
        change_signatures(session, S.CONFIRMED, (S.REVIEW,), now=NOW)
        ended = Signature.id == made[S.PENDING]
        change_signatures(session, S.EXPIRED, (S.PENDING,), ended, now=NOW, due_at=None)

    assert read(made[S.PENDING]).state == S.EXPIRED
    assert not list_jobs(Stage.LOCATE) and not list_jobs(Stage.COUNT)


def test_one_that_staff_place_wakes_counting(context: AppContext) -> None:
    with transaction() as session:
        signature_id = make_in(session, [S.REVIEW])[S.REVIEW]
    with transaction() as session:
        signature = session.get_one(Signature, signature_id)
        change_signature(session, signature, S.LOCATED, NOW, due_at=None)
        campaign_id = signature.campaign_id

    assert list_jobs(Stage.COUNT) == [(campaign_id,)]


def test_all_but_what_is_erased_can_be_erased() -> None:
    assert set(ERASABLE) == set(S) - {S.ERASED}
