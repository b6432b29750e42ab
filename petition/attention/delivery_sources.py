"""What waits of letters and of messages: by state, campaign and reply code."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from petition.accounts.permissions import Permission
from petition.attention.causes import AttentionSource, count_all, count_grouped
from petition.core.clock import utcnow
from petition.models import (
    Delivery,
    DeliveryState,
    HoldReason,
    LetterAnswer,
    Milestone,
    MilestoneState,
    RelaySend,
    WebhookDelivery,
)
from petition.models.outgoing.delivery import NEEDED
from petition.models.outgoing.dispatched import NOT_PREPARED
from petition.models.outgoing.relay import TROUBLED
from petition.models.states import CLAIMABLE, OutgoingState
from petition.partners.webhooks.webhook_kind import is_wanted

# Held until something that happens by itself, or for what has a card of its own.
GOES_ON_BY_ITSELF = (HoldReason.BELOW, HoldReason.MILESTONE, HoldReason.REDISTRICTED)
OF_THE_POST = (HoldReason.VACANT, HoldReason.NO_ADDRESS)
RELAYED_DAYS = 7


def list_deliveries(*conditions: ColumnElement[bool]) -> Callable[[], Select[*tuple[Any, ...]]]:
    """Return the query of deliveries that wait for a person: campaign, reason, since when."""
    since = func.coalesce(Delivery.settled_at, Delivery.created_at)
    return lambda: (
        select(Milestone.campaign_id, Delivery.reason, since)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .where(NEEDED, *conditions)
    )


def _make_source(
    state: DeliveryState,
    *conditions: ColumnElement[bool],
    acts: Permission = Permission.DELIVERIES_DECIDE,
    by_code: bool = False,
) -> AttentionSource:
    query = list_deliveries(Delivery.state == state, *conditions)
    return AttentionSource(
        count_grouped(query, Milestone.campaign_id, by_code),
        f"petition deliveries list --state {state}",
        Permission.DELIVERIES_READ,
        acts,
    )


def _list_unprepared() -> Select[*tuple[Any, ...]]:
    return (
        select(Milestone.campaign_id, Delivery.channel, Delivery.created_at)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .where(
            Delivery.state.in_(CLAIMABLE),
            Delivery.due_at.is_not(None),
            Delivery.reason.startswith(NOT_PREPARED),
        )
    )


def _list_long_held() -> Select[*tuple[Any, ...]]:
    """Return the query of the deliveries that staff have held for over a week."""
    return list_deliveries(
        Delivery.state == DeliveryState.HELD,
        Delivery.reason == HoldReason.STAFF,
        Delivery.due_at <= utcnow(),
    )()


def _list_answers() -> Select[*tuple[Any, ...]]:
    """Return the query of this week's answers of offices that the organization may not have."""
    return (
        select(Milestone.campaign_id, LetterAnswer.state, LetterAnswer.received_at)
        .join(Delivery, Delivery.id == LetterAnswer.delivery_id)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .where(
            LetterAnswer.state.in_((OutgoingState.FAILED, OutgoingState.UNKNOWN)),
            LetterAnswer.received_at > utcnow() - timedelta(days=RELAYED_DAYS),
        )
    )


def _list_hundreds() -> Select[*tuple[Any, ...]]:
    return select(Milestone.campaign_id, Milestone.state, Milestone.reached_at).where(
        Milestone.state == MilestoneState.HELD
    )


def _select_relayed() -> Select[datetime]:
    """Return the query of the messages to people that ended without a known arrival this week.

    - Nothing is to be decided for one person; many of them are a sign of a fault of ours.
    """
    since = func.coalesce(RelaySend.settled_at, RelaySend.created_at)
    return select(since).where(
        TROUBLED, RelaySend.settled_at > utcnow() - timedelta(days=RELAYED_DAYS)
    )


def _select_unprepared_relayed() -> Select[datetime]:
    return select(RelaySend.created_at).where(
        RelaySend.due_at.is_not(None), RelaySend.reason.startswith(NOT_PREPARED)
    )


def _select_unprepared_webhooks() -> Select[datetime]:
    """Return the query of the events that cannot be sent because of an error of ours.

    - What a receiver refuses is the organization's to see, and so is what waits for a webhook that
      is off.
    """
    return select(WebhookDelivery.created_at).where(
        WebhookDelivery.due_at.is_not(None),
        WebhookDelivery.reason.startswith(NOT_PREPARED),
        is_wanted(),
    )


DELIVERY_SOURCES = {
    "unknown": _make_source(DeliveryState.UNKNOWN),
    "failed": _make_source(DeliveryState.FAILED, by_code=True),
    "bounced": _make_source(DeliveryState.BOUNCED),
    "vacant": _make_source(
        DeliveryState.HELD,
        Delivery.reason == HoldReason.VACANT,
        acts=Permission.OFFICIALS_EDIT,
    ),
    "no-address": _make_source(
        DeliveryState.HELD,
        Delivery.reason == HoldReason.NO_ADDRESS,
        acts=Permission.OFFICIALS_EDIT,
    ),
    "held": _make_source(
        DeliveryState.HELD,
        func.coalesce(Delivery.reason, "").not_in(
            (*GOES_ON_BY_ITSELF, *OF_THE_POST, HoldReason.STAFF)
        ),
    ),
    "held-by-staff": AttentionSource(
        count_grouped(_list_long_held, Milestone.campaign_id),
        "petition deliveries list --state held",
        Permission.DELIVERIES_READ,
        Permission.DELIVERIES_DECIDE,
    ),
    "unprepared": AttentionSource(
        count_grouped(_list_unprepared, Milestone.campaign_id),
        "petition deliveries list",
        Permission.DELIVERIES_READ,
        Permission.SETTINGS_MANAGE,
    ),
    "relayed": AttentionSource(
        count_all(_select_relayed),
        "petition partners messages list",
        Permission.ORGANIZATIONS_APPROVE,
        Permission.ORGANIZATIONS_APPROVE,
    ),
    "unprepared-relayed": AttentionSource(
        count_all(_select_unprepared_relayed),
        "petition partners messages list",
        Permission.ORGANIZATIONS_APPROVE,
        Permission.ORGANIZATIONS_APPROVE,
    ),
    "unprepared-webhooks": AttentionSource(
        count_all(_select_unprepared_webhooks),
        "petition doctor",
        Permission.ORGANIZATIONS_APPROVE,
        Permission.ORGANIZATIONS_APPROVE,
    ),
    "answers": AttentionSource(
        count_grouped(_list_answers, Milestone.campaign_id),
        "petition deliveries list",
        Permission.LETTERS_OPEN,
        Permission.DELIVERIES_DECIDE,
    ),
    "hundreds": AttentionSource(
        count_grouped(_list_hundreds, Milestone.campaign_id),
        "petition milestones list --state held",
        Permission.MILESTONES_READ,
        Permission.MILESTONES_DECIDE,
    ),
}
