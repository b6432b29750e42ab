"""Bring a delivery to the state that it had reached, by allowed state transitions only."""

from collections import deque
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.journals.handovers import LetterFacts
from petition.models import (
    Attempt,
    Delivery,
    DeliveryState,
    HoldReason,
    Letter,
    Milestone,
    Phase,
    Post,
)
from petition.models.outgoing.delivery import RELEASED
from petition.models.states import DELIVERY_TRANSITIONS
from petition.restore.handover_records import SentHandover
from petition.transitions.delivery_changes import change_state

ACTOR = "replay"
# States about which a replay has nothing to add.
KNOWN = frozenset({DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED})
REASON = "handed over, according to a journal"


def settle_delivery(
    session: Session,
    milestone: Milestone,
    post: Post,
    sent: SentHandover,
) -> bool:
    """Bring a delivery to the state that it had reached; return False where it is known already.

    - A delivery that is missing in the backup is added.
    """
    state, attempt = sent.state, sent.attempt
    delivery = _find_delivery(session, milestone, post, sent.facts.channel) or _add_delivery(
        session, milestone, post, sent
    )
    now_in = DeliveryState(delivery.state)
    if now_in in KNOWN or _knows(session, delivery, attempt):
        return False
    letter = _find_letter(session, milestone, post, sent.facts)
    for step_from, step_to in _find_path(now_in, state, delivery.attempt > 0):
        released = step_from is DeliveryState.HELD and delivery.reason == HoldReason.STAFF
        values: dict[str, Any] = {"due_at": None, "reason": RELEASED if released else None}
        if step_to is DeliveryState.RENDERED:
            values["letter_id"] = letter.id
        if step_to is DeliveryState.SENDING:
            values |= {"attempt": max(attempt, delivery.attempt), "letter_id": letter.id}
        if step_to is DeliveryState.UNKNOWN:
            values["reason"] = REASON
        change_state(session, delivery.id, delivery.attempt, step_from, step_to, sent.at, **values)
        session.refresh(delivery)
    _add_attempt(session, delivery.id, sent)
    detail: Detail = {"attempt": attempt, "outcome": state.value}
    record(session, "delivery.replayed", "delivery", delivery.id, actor=ACTOR, detail=detail)
    return True


def _find_path(
    start: DeliveryState, end: DeliveryState, tried: bool
) -> list[tuple[DeliveryState, DeliveryState]]:
    """Return the shortest path from one state to another; empty where there is none or no need.

    - ``tried``: a held delivery goes on as a retry, any other is queued.
    """
    after_held = DeliveryState.RETRY_WAIT if tried else DeliveryState.QUEUED
    came: dict[DeliveryState, DeliveryState] = {}
    waiting = deque([start])
    while waiting and end not in came:
        state = waiting.popleft()
        listed = DELIVERY_TRANSITIONS[state] if state is not DeliveryState.HELD else (after_held,)
        for following in listed:
            if following not in came and following is not start:
                came[following] = state
                waiting.append(following)
    steps = []
    while end in came and end is not start:
        steps.append((came[end], end))
        end = came[end]
    return steps[::-1]


def _knows(session: Session, delivery: Delivery, attempt: int) -> bool:
    """Return whether the database has recorded the hand-over of that attempt."""
    known = session.get(Attempt, (delivery.id, attempt))
    return known is not None and known.phase == Phase.HANDOVER


def _find_delivery(
    session: Session, milestone: Milestone, post: Post, channel: str
) -> Delivery | None:
    return session.scalars(
        select(Delivery)
        .where(
            Delivery.milestone_id == milestone.id,
            Delivery.post_id == post.id,
            Delivery.channel == channel,
        )
        .with_for_update()
    ).first()


def _add_delivery(
    session: Session, milestone: Milestone, post: Post, sent: SentHandover
) -> Delivery:
    delivery = Delivery(
        milestone_id=milestone.id,
        post_id=post.id,
        channel=sent.facts.channel,
        message_id=sent.name,
        created_at=sent.at,
    )
    session.add(delivery)
    session.flush()
    return delivery


def _find_letter(session: Session, milestone: Milestone, post: Post, facts: LetterFacts) -> Letter:
    """Return the letter that was sent; another one in force for the post is superseded."""
    current = session.scalars(
        select(Letter).where(
            Letter.milestone_id == milestone.id,
            Letter.post_id == post.id,
            Letter.superseded_at.is_(None),
        )
    ).first()
    if current is not None and current.sha256 == facts.sha256:
        return current
    rendered_at = datetime.fromisoformat(facts.rendered_at)
    if current is not None:
        current.superseded_at = rendered_at
        session.flush()
    letter = Letter(
        milestone_id=milestone.id,
        post_id=post.id,
        sha256=facts.sha256,
        pages=facts.pages,
        size=facts.size,
        names=facts.names,
        addressee=facts.addressee,
        rendered_at=rendered_at,
    )
    session.add(letter)
    session.flush()
    return letter


def _add_attempt(session: Session, delivery_id: int, sent: SentHandover) -> None:
    attempt = session.get(Attempt, (delivery_id, sent.attempt))
    if attempt is None:
        attempt = Attempt(delivery_id=delivery_id, number=sent.attempt, started_at=sent.at)
        session.add(attempt)
    attempt.phase, attempt.ended_at = Phase.HANDOVER, sent.at
    attempt.outcome, attempt.detail = sent.state, REASON
    session.flush()
