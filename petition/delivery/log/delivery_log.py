"""The delivery log as staff read it: a list with filters, one delivery, and its events."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from petition.audit.event_reader import read_events
from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.freshness import find_addressee
from petition.delivery.keeping import read_envelope
from petition.delivery.letter_facts import gather_facts
from petition.delivery.letter_message import build_message, compose_envelope
from petition.delivery.log.log_filters import LogFilters, Place
from petition.delivery.log.log_pages import (
    PAGE_ROWS,
    AttemptRow,
    DeliveryRow,
    DeliveryView,
    Page,
    make_row,
    select_rows,
)
from petition.delivery.log.log_search import count_up_to, find_places
from petition.delivery.log.state_counts import count_by_state
from petition.delivery.staff_decisions import can_cancel, can_confirm, can_retry
from petition.delivery.staff_holds import can_hold, can_release
from petition.models import (
    Attempt,
    Correction,
    Delivery,
    DeliveryState,
    Event,
    Letter,
    Post,
    Term,
)

ANY = LogFilters()
# A list says "more than 1,000" of what it does not count to the end.
MOST_COUNTED = 1_000


def list_deliveries(
    filters: LogFilters = ANY, after: Place | None = None, size: int = PAGE_ROWS
) -> Page:
    """Return a page of the deliveries that match: those that wait for a person first, then newest.

    - ``after``: the last line of the page before; None for the first page.
    """
    places = find_places(filters, after, size + 1)
    shown = places[:size]
    found = db.session.execute(
        select_rows().where(Delivery.id.in_([place.id for place in shown]))
    ).all()
    rows = {row[0]: make_row(row) for row in found}
    return Page(
        [rows[place.id] for place in shown if place.id in rows],
        shown[-1] if len(places) > size else None,
    )


def name_holders(rows: Iterable[DeliveryRow]) -> dict[int, str]:
    """Return who holds the posts of some deliveries today, by post; vacant ones are left out."""
    posts = db.session.scalars(
        select(Post)
        .where(Post.id.in_({row.post_id for row in rows}))
        .options(
            selectinload(Post.terms).selectinload(Term.official),
            selectinload(Post.corrections).selectinload(Correction.official),
        )
    )
    today = utcnow().date()
    holders = {post.id: post.find_holder(today) for post in posts if not post.is_body}
    return {post_id: holder.name for post_id, holder in holders.items() if holder}


def count_matching(filters: LogFilters) -> tuple[int, bool]:
    """Return how many deliveries match, and whether it is so exactly: else there are more."""
    if filters.is_counted and not filters.campaign:
        counts = count_by_state(filters.scope)
        return sum(counts[state] for group in filters.groups for state in group), True
    found = count_up_to(filters, MOST_COUNTED + 1)
    return min(found, MOST_COUNTED), found <= MOST_COUNTED


def get_delivery(delivery_id: int) -> DeliveryView:
    """Return one delivery; raises NotFound."""
    found = db.session.execute(
        select_rows().add_columns(Delivery.message_id).where(Delivery.id == delivery_id)
    ).one_or_none()
    if found is None:
        raise NotFound(DeliveryProblem.NOT_FOUND)
    row = make_row(found[:-1])
    attempts: Iterable[Any] = db.session.execute(
        select(
            Attempt.number,
            Attempt.phase,
            Attempt.started_at,
            Attempt.ended_at,
            Attempt.outcome,
            Attempt.detail,
            Attempt.recipient,
            Attempt.said,
            Attempt.notices_asked,
            Attempt.reports,
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
        can_confirm=can_confirm(row.state),
        can_cancel=can_cancel(row.state),
        can_hold=can_hold(row.state),
        can_release=can_release(row.state, row.reason),
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
