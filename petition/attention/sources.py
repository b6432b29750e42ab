"""The sources of what waits for a person: add one by a line here and its words in the pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from petition.comments.comment_list import select_waiting
from petition.core.clock import utcnow
from petition.models import (
    Delivery,
    DeliveryState,
    Milestone,
    MilestoneState,
    RelaySend,
    Signature,
)
from petition.models.outgoing.dispatched import NOT_PREPARED
from petition.models.outgoing.relay import TROUBLED
from petition.models.signatures.signature import UNCOUNTED
from petition.models.states import CLAIMABLE, NEEDS_A_PERSON, SignatureState
from petition.partners.applications.application_list import (
    select_waiting_applications,
    select_waiting_changes,
)
from petition.partners.bases.base_list import select_waiting_bases
from petition.partners.feed.applied_changes import select_late

Moments = Callable[[], Select[datetime]]


@dataclass(frozen=True, slots=True)
class AttentionSource:
    """One kind of thing that waits for a person.

    - ``select_since``: a query of since when each waits, one row for each.
    - ``command``: what lists them.
    """

    select_since: Moments
    command: str


def _select_deliveries(state: DeliveryState) -> Moments:
    since = func.coalesce(Delivery.settled_at, Delivery.created_at)
    return lambda: select(since).where(Delivery.state == state)


def _select_unprepared() -> Select[datetime]:
    return select(Delivery.created_at).where(
        Delivery.state.in_(CLAIMABLE), Delivery.reason.startswith(NOT_PREPARED)
    )


def _select_hundreds() -> Select[datetime]:
    return select(Milestone.reached_at).where(Milestone.state == MilestoneState.HELD)


def _select_review() -> Select[datetime]:
    since = func.coalesce(Signature.confirmed_at, Signature.created_at)
    return select(since).where(UNCOUNTED, Signature.state == SignatureState.REVIEW)


def _select_relayed() -> Select[datetime]:
    """Return the query of the messages to people that ended without a known arrival this week.

    - Nothing is to be decided for one person; many of them are a sign of a fault of ours.
    """
    since = func.coalesce(RelaySend.settled_at, RelaySend.created_at)
    return select(since).where(
        TROUBLED,
        RelaySend.settled_at > utcnow() - timedelta(days=7),
    )


def _select_unprepared_relayed() -> Select[datetime]:
    return select(RelaySend.created_at).where(
        RelaySend.due_at.is_not(None), RelaySend.reason.startswith(NOT_PREPARED)
    )


SOURCES: Mapping[str, AttentionSource] = {
    **{
        state.value: AttentionSource(
            _select_deliveries(state), f"petition deliveries list --state {state}"
        )
        for state in NEEDS_A_PERSON
    },
    "unprepared": AttentionSource(_select_unprepared, "petition deliveries list"),
    "relayed": AttentionSource(_select_relayed, "petition partners messages list"),
    "unprepared-relayed": AttentionSource(
        _select_unprepared_relayed, "petition partners messages list"
    ),
    "hundreds": AttentionSource(_select_hundreds, "petition milestones list --state held"),
    "review": AttentionSource(_select_review, "petition signatures review"),
    "comments": AttentionSource(select_waiting, "petition comments list"),
    "applications": AttentionSource(select_waiting_applications, "petition partners applications"),
    "organization-changes": AttentionSource(
        select_waiting_changes, "petition partners applications"
    ),
    "bases": AttentionSource(select_waiting_bases, "petition partners bases"),
    "withdrawals": AttentionSource(select_late, "petition partners exports late"),
}
