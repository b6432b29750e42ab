"""An organization's messages, and how many people each has reached, for its pages and commands."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from petition.core.extensions import db
from petition.models import Campaign, ConsentOffer, Organization, RelayMessage, RelaySend, User
from petition.models.states import OutgoingState

# The parts that people see; each row is in one.
PARTS: Mapping[str, tuple[OutgoingState, ...]] = {
    "sent": (OutgoingState.ACCEPTED,),
    "waiting": (OutgoingState.QUEUED, OutgoingState.RETRY_WAIT, OutgoingState.SENDING),
    "unknown": (OutgoingState.UNKNOWN,),
    "refused": (OutgoingState.FAILED,),
    "left": (OutgoingState.CANCELLED,),
}
_PART_OF = {state.value: part for part, states in PARTS.items() for state in states}


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message with its counts: ``sent``, ``waiting``, ``unknown`` (it may have arrived),
    ``refused`` (by the mail server), ``left`` (not sent: stopped, or the person had left).

    - ``author``, ``sender``: their addresses. ``answers_to``: see AnswersTo.
    """

    id: int
    organization: str
    slug: str
    author: str
    sender: str | None
    subject: str
    body: str
    campaign_id: int | None
    campaign: str | None
    since: datetime | None
    answers_to: str
    state: str
    people: int | None
    changed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    counts: dict[str, int] = field(default_factory=dict)


def list_messages(organization_id: int | None = None, limit: int = 100) -> list[MessageLine]:
    """Return the messages of an organization, or of all, latest first."""
    query = _select_lines().order_by(RelayMessage.id.desc()).limit(limit)
    if organization_id is not None:
        query = query.where(RelayMessage.organization_id == organization_id)
    return _add_counts(db.session(), query)


def find_line(organization_id: int, message_id: int) -> MessageLine | None:
    """Return one message of an organization; None for another's, and where there is none."""
    query = _select_lines().where(
        RelayMessage.id == message_id, RelayMessage.organization_id == organization_id
    )
    lines = _add_counts(db.session(), query)
    return lines[0] if lines else None


def find_organization_id(message_id: int) -> int | None:
    """Return the id of a message's organization, for commands; None where there is none."""
    return db.session.scalar(
        select(RelayMessage.organization_id).where(RelayMessage.id == message_id)
    )


def list_campaigns(organization_id: int) -> list[tuple[int, str]]:
    """Return (id, title) of the campaigns in which an organization asks for consents."""
    offered = select(ConsentOffer.campaign_id).where(
        ConsentOffer.organization_id == organization_id
    )
    rows = select(Campaign.id, Campaign.title).where(Campaign.id.in_(offered))
    return [(row.id, row.title) for row in db.session.execute(rows.order_by(Campaign.id))]


def _select_lines() -> Select[Any]:
    author, sender = User.__table__.alias("author"), User.__table__.alias("sender")
    return (
        select(
            RelayMessage.id,
            Organization.name,
            Organization.slug,
            author.c.email,
            sender.c.email,
            RelayMessage.subject,
            RelayMessage.body,
            RelayMessage.campaign_id,
            Campaign.title,
            RelayMessage.since,
            RelayMessage.answers_to,
            RelayMessage.state,
            RelayMessage.people,
            RelayMessage.changed_at,
            RelayMessage.started_at,
            RelayMessage.ended_at,
        )
        .join(Organization, Organization.id == RelayMessage.organization_id)
        .join(author, author.c.id == RelayMessage.author_id)
        .outerjoin(sender, sender.c.id == RelayMessage.sender_id)
        .outerjoin(Campaign, Campaign.id == RelayMessage.campaign_id)
    )


def _add_counts(session: Session, query: Select[Any]) -> list[MessageLine]:
    rows = session.execute(query).all()
    counts = _count(session, [row[0] for row in rows])
    return [replace(MessageLine(*row), counts=counts[row[0]]) for row in rows]


def _count(session: Session, ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Return the number of people in each part, without the tests."""
    counts = {message_id: dict.fromkeys(PARTS, 0) for message_id in ids}
    rows = session.execute(
        select(RelaySend.message_id, RelaySend.state, func.count())
        .where(RelaySend.message_id.in_(ids), RelaySend.consent_id.is_not(None))
        .group_by(RelaySend.message_id, RelaySend.state)
    )
    for message_id, state, number in rows:
        counts[message_id][_PART_OF[state]] += number
    return counts
