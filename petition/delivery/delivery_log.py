"""The delivery log as staff read it: a list with filters, one delivery, and its events."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from petition.audit.event_reader import read_events
from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.freshness import find_addressee
from petition.delivery.keeping import read_envelope
from petition.delivery.letter_facts import gather_facts
from petition.delivery.letter_message import build_message, compose_envelope
from petition.delivery.log_pages import (
    PAGE_ROWS,
    AttemptRow,
    DeliveryView,
    Page,
    join_rows,
    make_row,
    select_rows,
)
from petition.delivery.staff_decisions import can_cancel, can_retry
from petition.models import (
    Attempt,
    Campaign,
    Delivery,
    DeliveryState,
    District,
    Event,
    Letter,
)


def list_deliveries(
    states: Iterable[DeliveryState] = (),
    campaign: str | None = None,
    district: str | None = None,
    since: datetime | None = None,
    page: int = 1,
    size: int = PAGE_ROWS,
) -> Page:
    """Return the deliveries that match, newest first.

    - ``states`` empty means all; ``campaign`` is a slug; ``since`` the earliest planning.
    - ``district`` is part of its name, or its Census or division id.
    """
    conditions = _filter(tuple(states), campaign, district, since)
    number = max(page, 1)
    total = db.session.scalar(join_rows(select(func.count(Delivery.id))).where(*conditions)) or 0
    rows = db.session.execute(
        select_rows()
        .where(*conditions)
        .order_by(Delivery.id.desc())
        .limit(size)
        .offset((number - 1) * size)
    )
    return Page([make_row(row) for row in rows], number, total, size)


def get_delivery(delivery_id: int) -> DeliveryView:
    """Return one delivery; raises NotFound."""
    found = db.session.execute(
        select_rows().add_columns(Delivery.message_id).where(Delivery.id == delivery_id)
    ).one_or_none()
    if found is None:
        raise NotFound(DeliveryProblem.NOT_FOUND)
    row = make_row(found[:-1])
    attempts = db.session.execute(
        select(
            Attempt.number,
            Attempt.phase,
            Attempt.started_at,
            Attempt.ended_at,
            Attempt.outcome,
            Attempt.detail,
            Attempt.recipient,
            Attempt.said,
        )
        .where(Attempt.delivery_id == delivery_id)
        .order_by(Attempt.number)
    )
    return DeliveryView(
        row=row,
        message_id=found.message_id,
        attempts=[AttemptRow(*attempt) for attempt in attempts],
        can_retry=can_retry(row.state, row.reason),
        can_resolve=row.state is DeliveryState.UNKNOWN,
        can_cancel=can_cancel(row.state),
    )


def read_log(delivery_id: int) -> list[Event]:
    """Return what happened to a delivery, its milestone and its letters, in order."""
    delivery = db.session.get(Delivery, delivery_id)
    if delivery is None:
        return []
    letters = db.session.scalars(
        select(Letter.id).where(
            Letter.milestone_id == delivery.milestone_id, Letter.post_id == delivery.post_id
        )
    ).all()
    about = {"delivery": [delivery_id], "milestone": [delivery.milestone_id], "letter": letters}
    return read_events(db.session(), about)


def count_by_state() -> dict[DeliveryState, int]:
    """Return how many deliveries are in each state, those without any included."""
    found = db.session.execute(
        select(Delivery.state, func.count(Delivery.id)).group_by(Delivery.state)
    )
    counts = {DeliveryState(state): count for state, count in found}
    return {state: counts.get(state, 0) for state in DeliveryState}


def read_message(delivery_id: int, read_letter: Callable[[str], bytes]) -> bytes:
    """Return the message of a delivery: as it was sent, or as it would be sent now.

    - Without the file of replies, which only the office gets.
    - Raises NotFound where there is no letter yet.
    """
    delivery = db.session.get(Delivery, delivery_id)
    if delivery is None or delivery.letter is None:
        raise NotFound(DeliveryProblem.NO_LETTER)
    letter = delivery.letter
    facts = gather_facts(delivery, letter, find_addressee(delivery, utcnow()))
    envelope = read_envelope(db.session(), delivery_id, facts.sha256)
    db.session.rollback()  # no transaction is open while the letter is read from its store
    return build_message(envelope or compose_envelope(facts), read_letter(facts.sha256))


def _filter(
    states: tuple[DeliveryState, ...],
    campaign: str | None,
    district: str | None,
    since: datetime | None,
) -> list[Any]:
    conditions: list[Any] = []
    if states:
        conditions.append(Delivery.state.in_(states))
    if campaign:
        conditions.append(Campaign.slug == campaign)
    if district:
        conditions.append(
            or_(
                District.name.icontains(district, autoescape=True),
                District.geoid == district,
                District.division_id == district,
            )
        )
    if since:
        conditions.append(Delivery.created_at >= since)
    return conditions
