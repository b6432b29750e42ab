"""The counts of the service by state, read in a few queries.

- Every state is included, with 0 where no row has it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.queues import QueueClient
from petition.dispatch.pauses import list_pauses
from petition.health.ages import read_reconciler
from petition.health.backlog import read_queues
from petition.health.mail_backlog import describe_kind, read_mails, read_refusals
from petition.health.mail_lanes import (
    describe_mailing,
    read_letter_mailing,
    read_mailing,
    read_relay_mailing,
)
from petition.health.row_counts import read_counts
from petition.models import (
    Campaign,
    DeliveryState,
    LaneName,
    SignatureState,
)
from petition.processes.process_rows import (
    RunningProcess,
    count_workers,
    describe_process,
    list_processes,
)


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """One campaign: ``signatures`` counts the live ones, ``milestones`` the hundreds reached."""

    id: int
    slug: str
    title: str
    state: str
    signatures: int
    milestones: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of the whole database.

    - ``held``: the milestones that wait for a person.
    - ``comments_waiting``: signers whose comment awaits moderation and may still be printed.
    - ``counted_at``: when they were counted; some minutes ago where counting takes long.
    """

    campaigns: list[CampaignFigures]
    signatures: dict[str, int]
    milestones: int
    held: int
    letters: int
    deliveries: dict[str, int]
    comments_waiting: int
    counted_at: datetime


def read_status(session: Session, queues: QueueClient, round_seconds: float) -> dict[str, Any]:
    """Return what ``petition status --json`` prints.

    - ``letters`` are those in force; ``round_seconds`` is the interval of the reconciler.
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
        "counted_at": figures.counted_at.isoformat(),
        "mails": describe_mailing(read_mailing(session, mails))
        | {
            "kinds": {kind: describe_kind(found) for kind, found in mails.kinds.items()},
            "refusals": refusals[LaneName.SIGNERS],
        },
        "letter_mails": describe_mailing(read_letter_mailing(session))
        | {"refusals": refusals[LaneName.LETTERS]},
        "relay_mails": describe_mailing(read_relay_mailing(session)),
        "queues": add_workers(read_queues(queues), processes),
        "processes": [describe_process(process) for process in processes],
        "reconciler": read_reconciler(session, round_seconds),
    }


def add_workers(queues: dict[str, Any], processes: list[RunningProcess]) -> dict[str, Any]:
    """Return the jobs on the queues with the number of workers of each; an error unchanged."""
    if "error" in queues:
        return queues
    workers = count_workers(processes)
    return {stage.value: queues[stage.value] | {"workers": workers[stage]} for stage in workers}


def read_figures(session: Session) -> Figures:
    """Return the counts of everything, with every state; see petition/health/row_counts.py."""
    counts, counted_at = read_counts(session)
    campaigns = session.execute(
        select(Campaign.id, Campaign.slug, Campaign.title, Campaign.state).order_by(Campaign.id)
    )
    return Figures(
        campaigns=[
            CampaignFigures(
                id,
                slug,
                title,
                state,
                counts.live.get(str(id), 0),
                counts.milestones.get(str(id), 0),
            )
            for id, slug, title, state in campaigns
        ],
        signatures=_fill(SignatureState, counts.signatures),
        milestones=sum(counts.milestones.values()),
        held=counts.held,
        letters=counts.letters,
        deliveries=_fill(DeliveryState, counts.deliveries),
        comments_waiting=counts.comments_waiting,
        counted_at=counted_at,
    )


def _fill(states: Iterable[StrEnum], found: Mapping[str, int]) -> dict[str, int]:
    return {state.value: found.get(state.value, 0) for state in states}
