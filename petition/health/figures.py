"""The figures of the service: what is where on its way, read in a few queries.

- Every state is there, with 0 where nothing is in it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import CompoundSelect, func, literal, select, union_all
from sqlalchemy.orm import Session

from petition.comments.listing import count_waiting
from petition.health.ages import read_reconciler
from petition.health.backlog import read_queues
from petition.health.mailing import describe_mailing, read_letter_mailing, read_mailing
from petition.health.mails import describe_kind, read_mails, read_refusals
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    LaneName,
    Letter,
    Milestone,
    MilestoneState,
    Signature,
    SignatureState,
)
from petition.models.signature import UNCOUNTED
from petition.models.states import LIVE
from petition.pauses import list_pauses
from petition.processes.rows import (
    RunningProcess,
    count_workers,
    describe_process,
    list_processes,
)
from petition.queues import QueueClient

# The deliveries that go on only when somebody does something.
NEEDS_A_PERSON = (
    DeliveryState.UNKNOWN,
    DeliveryState.FAILED,
    DeliveryState.BOUNCED,
    DeliveryState.HELD,
)


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
    """What the database says.

    - ``held``: of the milestones, those that wait for a person.
    - ``comments_waiting``: signers whose words nobody has read, and a letter may still print.
    """

    campaigns: list[CampaignFigures]
    signatures: dict[str, int]
    milestones: int
    held: int
    letters: int
    deliveries: dict[str, int]
    comments_waiting: int


def read_status(session: Session, queues: QueueClient, round_seconds: float) -> dict[str, Any]:
    """Return what ``petition status --json`` prints.

    - ``letters`` are those in force; ``round_seconds`` is the reconciler's own pause.
    """
    figures = read_figures(session)
    processes = list_processes(session)
    mails, refusals = read_mails(session), read_refusals(session)
    return {
        "campaigns": [
            {name: getattr(campaign, name) for name in CampaignFigures.__slots__}
            for campaign in figures.campaigns
        ],
        "signatures": figures.signatures,
        "milestones": figures.milestones,
        "held": figures.held,
        "paused": [
            {"campaign": held.campaign, "since": held.since.isoformat(), "reason": held.reason}
            for held in list_pauses(session)
        ],
        "letters": figures.letters,
        "deliveries": figures.deliveries,
        "comments_waiting": figures.comments_waiting,
        "mails": describe_mailing(read_mailing(session, mails))
        | {
            "kinds": {kind: describe_kind(found) for kind, found in mails.kinds.items()},
            "refusals": refusals[LaneName.SIGNERS],
        },
        "letter_mails": describe_mailing(read_letter_mailing(session))
        | {"refusals": refusals[LaneName.LETTERS]},
        "queues": add_workers(read_queues(queues), processes),
        "processes": [describe_process(process) for process in processes],
        "reconciler": read_reconciler(session, round_seconds),
    }


def add_workers(queues: dict[str, Any], processes: list[RunningProcess]) -> dict[str, Any]:
    """Return what is on the queues with how many workers listen to each; an error as it is."""
    if "error" in queues:
        return queues
    workers = count_workers(processes)
    return {stage.value: queues[stage.value] | {"workers": workers[stage]} for stage in workers}


def read_figures(session: Session) -> Figures:
    """Return the counts of everything; the signatures come from indexes alone.

    - One index has those not counted, another all that are live: the counted are the difference.
    """
    signatures: Counter[str] = Counter()
    live: Counter[int] = Counter()
    for campaign_id, state, number in session.execute(_count_signatures()):
        if state:
            signatures[state] += number
        else:
            live[campaign_id] = number
    uncounted = sum(signatures[state] for state in LIVE if state != SignatureState.COUNTED)
    signatures[SignatureState.COUNTED] = live.total() - uncounted
    milestones = _gather(
        session.execute(select(Milestone.campaign_id, func.count()).group_by(Milestone.campaign_id))
    )
    deliveries = _gather(
        session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    )
    held = session.scalar(select(func.count()).where(Milestone.state == MilestoneState.HELD))
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
        held=held or 0,
        letters=letters or 0,
        deliveries=_fill(DeliveryState, deliveries),
        comments_waiting=count_waiting(),
    )


def _count_signatures() -> CompoundSelect[int, str, int]:
    """One statement, so that both halves see the same moment, which they are subtracted for.

    - (campaign, state, number) of those not counted; (campaign, "", number) of all that are live.
    """
    uncounted = (
        select(Signature.campaign_id, Signature.state, func.count())
        .where(UNCOUNTED)
        .group_by(Signature.campaign_id, Signature.state)
    )
    live = (
        select(Signature.campaign_id, literal(""), func.count())
        .where(Signature.ended_at.is_(None))
        .group_by(Signature.campaign_id)
    )
    return union_all(uncounted, live)


def _gather(rows: Iterable[Any]) -> Counter[Any]:
    return Counter({key: number for key, number in rows})


def _fill(states: Iterable[StrEnum], found: Counter[str]) -> dict[str, int]:
    return {state.value: found[state.value] for state in states}
