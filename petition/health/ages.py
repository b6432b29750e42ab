"""Ages in seconds: of the last rounds of the background roles, and of the oldest work due."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.mail.inbox import MARK
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    Heartbeat,
    Signature,
    SignatureState,
)
from petition.models.signatures.signature import UNCOUNTED

# The name of the heartbeats row that the reconciler writes each round.
RECONCILER = "reconciler"
# So many rounds missed in a row mean that no reconciler runs.
MISSED_ROUNDS = 4
SHORTEST_SILENCE = 60.0


def read_reconciler(session: Session, round_seconds: float) -> dict[str, Any]:
    """Return when the reconciler last completed a round.

    - ``last_round`` and ``seconds_ago`` are None before the first round.
    - ``late``: no round for MISSED_ROUNDS intervals, and at least SHORTEST_SILENCE seconds.
    - ``found``: the result that it stored.
    """
    beat = session.get(Heartbeat, RECONCILER)
    if beat is None:
        return {"last_round": None, "seconds_ago": None, "late": True, "found": {}}
    seconds = age(beat.at)
    return {
        "last_round": beat.at.isoformat(),
        "seconds_ago": seconds,
        "late": seconds > max(SHORTEST_SILENCE, MISSED_ROUNDS * round_seconds),
        "found": beat.detail,
    }


def read_heartbeats(session: Session) -> dict[str, float]:
    """Return how many seconds ago each background role last completed a round.

    - ``bounces``: since the mailbox was last read to its end.
    """
    roles = select(Heartbeat.name, Heartbeat.at).where(Heartbeat.name.in_((RECONCILER, MARK)))
    return {name: age(at) for name, at in session.execute(roles)}


def read_oldest_due(session: Session) -> dict[str, float]:
    """Return for each state how many seconds its oldest row has been due; 0 where none is due.

    - A row in ``located`` is due from the time its signer confirmed.
    """
    now = utcnow()
    oldest: dict[str, float] = {}
    for model, states in (
        (Signature, (SignatureState.PENDING, SignatureState.CONFIRMED)),
        (
            Delivery,
            (
                DeliveryState.QUEUED,
                DeliveryState.RENDERED,
                DeliveryState.SENDING,
                DeliveryState.RETRY_WAIT,
            ),
        ),
    ):
        for state in states:
            # One index lookup each, however many rows are due.
            first = select(func.min(model.due_at)).where(model.state == state, model.due_at <= now)
            oldest[state.value] = age(session.scalar(first), now)
    oldest[SignatureState.LOCATED.value] = age(_find_oldest_located(session), now)
    return oldest


def age(moment: datetime | None, now: datetime | None = None) -> float:
    """Return the seconds since ``moment``, rounded to tenths; 0 for None or a future time."""
    if moment is None:
        return 0.0
    return max(0.0, round(((now or utcnow()) - moment).total_seconds(), 1))


def _find_oldest_located(session: Session) -> datetime | None:
    """Return when the oldest uncounted located signature was confirmed, None without one.

    - One index lookup for each campaign, however many signatures are waiting.
    """
    first = (
        select(func.min(Signature.id))
        .where(
            Signature.campaign_id == Campaign.id,
            Signature.state == SignatureState.LOCATED,
            UNCOUNTED,
        )
        .correlate(Campaign)
        .scalar_subquery()
    )
    ids = session.scalars(select(first).select_from(Campaign)).all()
    return session.scalar(
        select(func.min(func.coalesce(Signature.confirmed_at, Signature.created_at))).where(
            Signature.id.in_([id for id in ids if id is not None])
        )
    )
