"""The figures of the service: what is where on its way, read in a few queries.

- Every state is there, with 0 where nothing is in it.
- The queues' figures come from Redis and are an error by name while it is away.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from redis.exceptions import RedisError
from rq.registry import (
    BaseRegistry,
    DeferredJobRegistry,
    FailedJobRegistry,
    FinishedJobRegistry,
    ScheduledJobRegistry,
    StartedJobRegistry,
)
from rq.worker_registration import get_keys
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    Heartbeat,
    Letter,
    Milestone,
    Signature,
    SignatureState,
)
from petition.models.signature import UNCOUNTED
from petition.models.states import LIVE
from petition.queues import QueueClient, Stage

# The row of heartbeats that the reconciler writes each round.
RECONCILER = "reconciler"
# A round that is missed this often in a row means that nobody does it.
MISSED_ROUNDS = 4
SHORTEST_SILENCE = 60.0

# The deliveries that go on only when somebody does something.
NEEDS_A_PERSON = (
    DeliveryState.UNKNOWN,
    DeliveryState.FAILED,
    DeliveryState.BOUNCED,
    DeliveryState.HELD,
)

REGISTRIES: dict[str, type[BaseRegistry]] = {
    "started": StartedJobRegistry,
    "failed": FailedJobRegistry,
    "scheduled": ScheduledJobRegistry,
    "deferred": DeferredJobRegistry,
    "finished": FinishedJobRegistry,
}


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """One campaign: ``signatures`` are those that stand, ``milestones`` the hundreds reached."""

    id: int
    slug: str
    title: str
    state: str
    signatures: int
    milestones: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database says."""

    campaigns: list[CampaignFigures]
    signatures: dict[str, int]
    milestones: int
    letters: int
    deliveries: dict[str, int]


def read_status(session: Session, queues: QueueClient, round_seconds: float) -> dict[str, Any]:
    """Return what ``petition status --json`` prints.

    - ``letters`` are those in force; ``round_seconds`` is the reconciler's own pause.
    """
    figures = read_figures(session)
    return {
        "campaigns": [
            {name: getattr(campaign, name) for name in CampaignFigures.__slots__}
            for campaign in figures.campaigns
        ],
        "signatures": figures.signatures,
        "milestones": figures.milestones,
        "letters": figures.letters,
        "deliveries": figures.deliveries,
        "queues": read_queues(queues),
        "reconciler": read_reconciler(session, round_seconds),
    }


def read_figures(session: Session) -> Figures:
    """Return the counts of everything; the signatures come from indexes alone.

    - One index has those not counted, another all that are live: the counted are the difference.
    """
    signatures: Counter[str] = Counter()
    rows = session.execute(
        select(Signature.state, func.count()).where(UNCOUNTED).group_by(Signature.state)
    )
    for state, number in rows:
        signatures[state] += number
    live = _gather(
        session.execute(
            select(Signature.campaign_id, func.count())
            .where(Signature.ended_at.is_(None))
            .group_by(Signature.campaign_id)
        )
    )
    signatures[SignatureState.COUNTED] = sum(live.values()) - sum(
        signatures[state] for state in LIVE if state != SignatureState.COUNTED
    )
    milestones = _gather(
        session.execute(select(Milestone.campaign_id, func.count()).group_by(Milestone.campaign_id))
    )
    deliveries = _gather(
        session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    )
    letters = session.scalar(
        select(func.count()).select_from(Letter).where(Letter.superseded_at.is_(None))
    )
    campaigns = session.execute(
        select(Campaign.id, Campaign.slug, Campaign.title, Campaign.state).order_by(Campaign.id)
    )
    return Figures(
        campaigns=[
            CampaignFigures(id, slug, title, state, live[id], milestones[id])
            for id, slug, title, state in campaigns
        ],
        signatures=_fill(SignatureState, signatures),
        milestones=milestones.total(),
        letters=letters or 0,
        deliveries=_fill(DeliveryState, deliveries),
    )


def read_queues(queues: QueueClient) -> dict[str, Any]:
    """Return what waits, runs and failed on each queue, and how many workers it has.

    - Reads counts only: the job objects stay where they are, and nothing is tidied on the way.
    - ``{"error": class}`` while Redis is away.
    """
    try:
        counts = iter(_read_counts(queues))
        workers = _count_workers(queues)
    except RedisError as error:
        return {"error": type(error).__name__}
    return {
        stage.value: {name: next(counts) for name in ("waiting", *REGISTRIES)}
        | {"workers": workers[stage]}
        for stage in Stage
    }


def read_reconciler(session: Session, round_seconds: float) -> dict[str, Any]:
    """Return when the reconciler last did its round.

    - ``last_round`` and ``seconds_ago`` are None before the first; ``late`` says that it has been
      silent for too long; ``found`` is what it wrote down.
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
    """Return how many seconds ago each background role last did its round."""
    return {name: age(at) for name, at in session.execute(select(Heartbeat.name, Heartbeat.at))}


def read_oldest_due(session: Session) -> dict[str, float]:
    """Return for each kind of work how many seconds its oldest piece has been due; 0 for none.

    - ``located`` is due from the moment its signer confirmed.
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
        rows = session.execute(
            select(model.state, func.min(model.due_at))
            .where(model.state.in_(states), model.due_at.is_not(None), model.due_at <= now)
            .group_by(model.state)
        )
        due = {state: at for state, at in rows}
        oldest |= {state.value: age(due.get(state), now) for state in states}
    oldest[SignatureState.LOCATED.value] = age(_find_oldest_located(session), now)
    return oldest


def age(moment: datetime | None, now: datetime | None = None) -> float:
    """Return the seconds since ``moment``, in tenths; 0 for None or a moment to come."""
    if moment is None:
        return 0.0
    return max(0.0, round(((now or utcnow()) - moment).total_seconds(), 1))


def _read_counts(queues: QueueClient) -> list[int]:
    pipeline = queues.redis.pipeline(transaction=False)
    for stage in Stage:
        queue = queues.queue(stage)
        pipeline.llen(queue.key)
        for registry in REGISTRIES.values():
            pipeline.zcard(registry(queue=queue).key)
    return pipeline.execute()


def _count_workers(queues: QueueClient) -> dict[Stage, int]:
    """Count those whose own key is still there: a killed worker leaves its name in the set."""
    names = {stage: get_keys(queue=queues.queue(stage)) for stage in Stage}
    return {stage: queues.redis.exists(*keys) if keys else 0 for stage, keys in names.items()}


def _find_oldest_located(session: Session) -> datetime | None:
    """One step into an index for each campaign, however many are waiting."""
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


def _gather(rows: Iterable[Any]) -> Counter[Any]:
    return Counter({key: number for key, number in rows})


def _fill(states: Iterable[StrEnum], found: Counter[str]) -> dict[str, int]:
    return {state.value: found[state.value] for state in states}
