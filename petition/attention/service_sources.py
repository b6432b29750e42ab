"""What waits because the service itself is in trouble: lanes, pauses, queues, disk, mailbox."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.accounts.permissions import Permission
from petition.attention.causes import MOST_COUNTED, AttentionSource, FoundCause
from petition.audit.chain.event_chain import count_unchained
from petition.core.clock import utcnow
from petition.core.extensions import get_settings
from petition.dispatch.lanes import find_lane
from petition.health.ages import read_oldest_due, read_reconciler
from petition.health.audit_chain.chain_watch import read_verified
from petition.health.audit_chain.chain_words import describe_break
from petition.health.bounce_mailbox import check_bounces
from petition.health.findings import Fault
from petition.health.mail_lanes import (
    LaneFigures,
    describe_cause,
    read_letter_mailing,
    read_mailing,
    read_relay_mailing,
)
from petition.health.storage_check import check_storage
from petition.models import (
    Delivery,
    DeliveryState,
    LaneName,
    Milestone,
    Pause,
    Signature,
    SignatureState,
)
from petition.models.states import CLAIMABLE

# Work that is due for longer is late; a batch takes seconds, a full queue some minutes.
LATE = timedelta(minutes=15)
# After so many tries of an address the geocoder is in trouble, and not the address.
TRIES = 3
_READERS: dict[LaneName, Callable[[Session], LaneFigures]] = {
    LaneName.SIGNERS: read_mailing,
    LaneName.LETTERS: read_letter_mailing,
    LaneName.RELAY: read_relay_mailing,
}
_STAGES = {
    SignatureState.PENDING.value: "confirmations",
    SignatureState.CONFIRMED.value: "locating",
    SignatureState.LOCATED.value: "counting",
    DeliveryState.QUEUED.value: "letters",
    DeliveryState.RENDERED.value: "deliveries",
    DeliveryState.SENDING.value: "deliveries",
    DeliveryState.RETRY_WAIT.value: "deliveries",
}


def read_lanes(session: Session) -> Sequence[FoundCause]:
    """Return the lanes of the mail server that are stopped, with how many wait."""
    found = []
    for name, read in _READERS.items():
        lane = find_lane(session, name)
        if lane is None or not lane.is_stopped or lane.stopped_at is None:
            continue
        figures = read(session)
        number = min(max(figures.waiting, figures.refused), MOST_COUNTED + 1)
        since = lane.refused_since or lane.stopped_at
        cause = lane.cause or ""
        words = f"The mail server says that {describe_cause(cause)}."
        found.append(FoundCause(None, name.value, number, since, words))
    return found


def read_pauses(session: Session) -> Sequence[FoundCause]:
    """Return the pauses in force, with how many letters wait for each."""
    found = []
    rows = select(Pause).where(Pause.ended_at.is_(None)).order_by(Pause.id)
    for pause in session.scalars(rows).all():
        waiting = (
            select(Delivery.id)
            .join(Milestone, Milestone.id == Delivery.milestone_id)
            .where(Delivery.state.in_(CLAIMABLE), Delivery.due_at <= utcnow())
        )
        if pause.campaign_id is not None:
            waiting = waiting.where(Milestone.campaign_id == pause.campaign_id)
        rows_found = waiting.limit(MOST_COUNTED + 1).subquery()
        number = session.scalar(select(func.count()).select_from(rows_found)) or 0
        words = f"Reason: {pause.reason}" if pause.reason else ""
        found.append(FoundCause(pause.campaign_id, "", number, pause.started_at, words))
    return found


def read_scheduler(session: Session) -> Sequence[FoundCause]:
    """Return that the reconciler is late; nothing before its first round."""
    found = read_reconciler(session, get_settings().reconcile_seconds)
    if found["last_round"] is None or not found["late"]:
        return []
    seconds = timedelta(seconds=found["seconds_ago"])
    return [FoundCause(None, "", 1, utcnow() - seconds)]


def read_late_queues(session: Session) -> Sequence[FoundCause]:
    """Return the stages whose oldest work has been due for longer than LATE.

    - Without those that wait for a lane or a pause, which have a card of their own.
    """
    now, paused = utcnow(), bool(read_pauses(session))
    stopped = {lane.subject for lane in read_lanes(session)}
    late: dict[str, float] = {}
    for state, seconds in read_oldest_due(session).items():
        stage = _STAGES[state]
        if stage == "confirmations" and LaneName.SIGNERS.value in stopped:
            continue
        if stage in ("letters", "deliveries") and (paused or LaneName.LETTERS.value in stopped):
            continue
        if seconds > LATE.total_seconds():
            late[stage] = max(late.get(stage, 0.0), seconds)
    return [
        FoundCause(
            None, stage, _count_due(session, stage), now - timedelta(seconds=seconds), _tell(stage)
        )
        for stage, seconds in late.items()
    ]


def read_geocoder(session: Session) -> Sequence[FoundCause]:
    """Return that addresses are tried again and again; those put off longest are looked at."""
    latest = (
        select(
            Signature.attempt,
            func.coalesce(Signature.confirmed_at, Signature.created_at).label("since"),
        )
        .where(Signature.state == SignatureState.CONFIRMED, Signature.due_at.is_not(None))
        .order_by(Signature.due_at.desc())
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    number, since = session.execute(
        select(func.count(), func.min(latest.c.since)).where(latest.c.attempt >= TRIES)
    ).one()
    return [FoundCause(None, "", number, since)] if number else []


def _read_check(check: Callable[[], str]) -> Callable[[Session], Sequence[FoundCause]]:
    def read(session: Session) -> Sequence[FoundCause]:
        try:
            check()
        except Fault as fault:
            return [FoundCause(None, "", 1, None, f"{fault.found}.")]
        return []

    return read


def _count_due(session: Session, stage: str) -> int:
    number = 0
    for state in (name for name, of in _STAGES.items() if of == stage):
        if state == SignatureState.LOCATED:
            continue  # has no time from which it is due
        model = Signature if state in list(SignatureState) else Delivery
        due = select(model.id).where(model.state == state, model.due_at <= utcnow())
        rows = due.limit(MOST_COUNTED + 1).subquery()
        number += session.scalar(select(func.count()).select_from(rows)) or 0
    return min(number, MOST_COUNTED + 1)


def _tell(stage: str) -> str:
    return f"Late: {stage}."


def read_broken_chain(session: Session) -> Sequence[FoundCause]:
    """Return the break of the audit chain that the last verification found."""
    verified = read_verified()
    if verified is None or verified.breach is None:
        return []
    return [FoundCause(None, "", 1, None, describe_break(verified.breach))]


def read_unchained(session: Session) -> Sequence[FoundCause]:
    """Return the events that have been in no link of the audit chain for longer than an hour.

    - Nothing before the reconciler's first round.
    """
    waiting = count_unchained()
    started = read_reconciler(session, get_settings().reconcile_seconds)["last_round"] is not None
    if not waiting.is_late or not started:
        return []
    return [FoundCause(None, "", min(waiting.events, MOST_COUNTED + 1), waiting.oldest)]


SERVICE_SOURCES = {
    "lane": AttentionSource(
        read_lanes,
        "petition mail status",
        Permission.DELIVERIES_READ,
        Permission.DELIVERIES_DECIDE,
        is_urgent=True,
    ),
    "paused": AttentionSource(
        read_pauses,
        "petition status",
        Permission.DELIVERIES_READ,
        Permission.CAMPAIGNS_EDIT,
        is_urgent=True,
    ),
    "reconciler": AttentionSource(
        read_scheduler,
        "petition status",
        Permission.DELIVERIES_READ,
        Permission.SETTINGS_MANAGE,
        is_urgent=True,
    ),
    "queue": AttentionSource(
        read_late_queues,
        "petition status",
        Permission.DELIVERIES_READ,
        Permission.SETTINGS_MANAGE,
    ),
    "disk": AttentionSource(
        _read_check(check_storage),
        "petition doctor",
        Permission.SETTINGS_MANAGE,
        Permission.SETTINGS_MANAGE,
    ),
    "mailbox": AttentionSource(
        _read_check(check_bounces),
        "petition doctor",
        Permission.SETTINGS_MANAGE,
        Permission.SETTINGS_MANAGE,
    ),
    "audit-broken": AttentionSource(
        read_broken_chain,
        "petition audit verify",
        Permission.SETTINGS_MANAGE,
        Permission.SETTINGS_MANAGE,
        is_urgent=True,
    ),
    "audit-late": AttentionSource(
        read_unchained,
        "petition audit head",
        Permission.SETTINGS_MANAGE,
        Permission.SETTINGS_MANAGE,
    ),
    "geocoder": AttentionSource(
        read_geocoder,
        "petition doctor",
        Permission.REVIEW_LIST,
        Permission.SETTINGS_MANAGE,
    ),
}
