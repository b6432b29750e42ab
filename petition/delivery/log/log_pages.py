"""The lines and pages of the delivery log, and the one query that fills them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from petition.delivery.log.log_filters import Place
from petition.models import Campaign, Delivery, DeliveryState, District, Letter, Milestone, Post

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery as a line of the list.

    - ``letter_id`` to ``rendered_at`` are its letter's, None before there is one.
    - ``due_at``: the next try, or the end of a lease; None when nothing is due.
    """

    id: int
    state: DeliveryState
    reason: str | None
    channel: str
    attempt: int
    created_at: datetime
    due_at: datetime | None
    settled_at: datetime | None
    campaign_id: int
    campaign_slug: str
    campaign_title: str
    milestone_id: int
    code: str
    number: int
    threshold: int
    district_id: int
    district: str
    district_state: str
    layer: str
    division_id: str
    post_id: int
    post: str
    letter_id: int | None
    sha256: str | None
    pages: int | None
    names: int | None
    rendered_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One try; ``outcome`` None while it runs.

    - ``recipient``: where it went. ``said``: what was answered, its addresses masked.
    - ``notices_asked``, ``reports``: as in Attempt.
    """

    number: int
    phase: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    detail: str | None
    recipient: str | None
    said: str | None
    notices_asked: bool
    reports: str


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One delivery with its tries and with what a person may decide about it now."""

    row: DeliveryRow
    message_id: str
    attempts: list[AttemptRow]
    can_retry: bool
    can_resolve: bool
    can_confirm: bool
    can_cancel: bool
    can_hold: bool
    can_release: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list; ``last`` is its last line if another page follows, else None."""

    rows: list[DeliveryRow]
    last: Place | None

    @property
    def has_more(self) -> bool:
        """Whether another page follows."""
        return self.last is not None


def select_rows() -> Any:
    """Return the query for the columns of DeliveryRow, in its order."""
    return _join(
        select(
            Delivery.id,
            Delivery.state,
            Delivery.reason,
            Delivery.channel,
            Delivery.attempt,
            Delivery.created_at,
            Delivery.due_at,
            Delivery.settled_at,
            Campaign.id,
            Campaign.slug,
            Campaign.title,
            Milestone.id,
            Milestone.code,
            Milestone.number,
            Milestone.threshold,
            District.id,
            District.name,
            District.state,
            District.layer,
            District.division_id,
            Post.id,
            Post.title,
            Letter.id,
            Letter.sha256,
            Letter.pages,
            Letter.names,
            Letter.rendered_at,
        )
    )


def _join(statement: Any) -> Any:
    return (
        statement.select_from(Delivery)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .join(District, District.id == Milestone.district_id)
        .join(Post, Post.id == Delivery.post_id)
        .outerjoin(Letter, Letter.id == Delivery.letter_id)
    )


def make_row(row: Sequence[Any]) -> DeliveryRow:
    """Return a result of ``select_rows`` as a DeliveryRow."""
    delivery_id, state, *rest = row
    return DeliveryRow(delivery_id, DeliveryState(state), *rest)
