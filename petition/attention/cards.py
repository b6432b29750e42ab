"""The causes that an account may see, as cards: those that wait, then those that are deferred."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.accounts.permissions import Grant, covers
from petition.attention.cause_words import WORDS, count_cause, name_cause
from petition.attention.causes import MOST_COUNTED
from petition.attention.sources import SOURCES
from petition.attention.stored_causes import SUBJECT
from petition.dispatch.pauses import write_resume
from petition.models import AttentionCause, Campaign, Event, User

# Of the trail of all cards on a page, and of one.
MOST_EVENTS = 400
MOST_SHOWN = 20
_ORDER = {name: number for number, name in enumerate(SOURCES)}


@dataclass(frozen=True, slots=True)
class Trace:
    """One line of a card's trail; ``who`` is empty for the service."""

    at: datetime
    action: str
    who: str
    detail: dict[str, Any]
    other: str


@dataclass(frozen=True, slots=True)
class Card:
    """A cause for one reader.

    - ``count``: how many it touches, in words; empty where nothing is counted. ``assignee``: an
      address. ``may_act``: whether the reader may take, defer and settle it.
    """

    id: int
    name: str
    subject: str
    campaign: str
    campaign_id: int | None
    campaign_title: str
    title: str
    count: str
    number: int
    since: datetime
    detail: str
    remedy: str
    command: str
    is_urgent: bool
    assignee: str
    assigned_to: int | None
    assigned_at: datetime | None
    deferred_until: datetime | None
    version: int
    may_act: bool
    trail: tuple[Trace, ...]


def list_cards(session: Session, grants: Iterable[Grant], *, with_trail: bool = True) -> list[Card]:
    """Return the open causes that these grants show: what cannot wait first, deferred ones last."""
    held = list(grants)
    rows = session.execute(
        select(AttentionCause, Campaign.slug, Campaign.title, User.email)
        .outerjoin(Campaign, Campaign.id == AttentionCause.campaign_id)
        .outerjoin(User, User.id == AttentionCause.assigned_to)
        .where(AttentionCause.ended_at.is_(None))
        .execution_options(populate_existing=True)
    ).all()
    seen = [row for row in rows if may_see(held, row[0])]
    trails = _read_trails(session, [cause.id for cause, *_ in seen]) if with_trail else {}
    cards = [
        _make_card(cause, slug, title, email, may_act(held, cause), trails.get(cause.id, ()))
        for cause, slug, title, email in seen
    ]
    return sorted(cards, key=_place)


def may_see(grants: Iterable[Grant], cause: AttentionCause) -> bool:
    """Return whether an account with these grants is shown a cause."""
    source = SOURCES.get(cause.name)
    return source is not None and covers(grants, source.sees, campaign_id=cause.campaign_id)


def may_act(grants: Iterable[Grant], cause: AttentionCause) -> bool:
    """Return whether an account with these grants may take, defer and settle a cause."""
    source = SOURCES.get(cause.name)
    return source is not None and covers(grants, source.acts, campaign_id=cause.campaign_id)


def _place(card: Card) -> tuple[bool, bool, int, str, str]:
    deferred = card.deferred_until is not None
    return deferred, not card.is_urgent, _ORDER[card.name], card.campaign_title, card.subject


def _make_card(
    cause: AttentionCause,
    slug: str | None,
    title: str | None,
    email: str | None,
    able: bool,
    trail: Collection[Trace],
) -> Card:
    source = SOURCES[cause.name]
    return Card(
        id=cause.id,
        name=cause.name,
        subject=cause.subject,
        campaign=slug or "",
        campaign_id=cause.campaign_id,
        campaign_title=title or "",
        title=name_cause(cause.name, cause.subject),
        count=count_cause(cause.name, cause.subject, cause.number, MOST_COUNTED),
        number=cause.number,
        since=cause.since,
        detail=_tell(cause),
        remedy=_find_remedy(cause.name, slug),
        command=source.command,
        is_urgent=source.is_urgent,
        assignee=email or "",
        assigned_to=cause.assigned_to,
        assigned_at=cause.assigned_at,
        deferred_until=cause.deferred_until,
        version=cause.version,
        may_act=able,
        trail=tuple(trail),
    )


def _find_remedy(name: str, slug: str | None) -> str:
    if name == "paused":
        return (
            f"Resume them at `/staff/attention`, or with `{write_resume(slug)}`, once the reason "
            "for the pause has ended."
        )
    return WORDS[name].remedy


def _tell(cause: AttentionCause) -> str:
    if cause.detail or cause.name != "failed":
        return cause.detail
    if cause.subject == "other":
        return "No server gave a reply code."
    return f"The reply code is {cause.subject}."


def _read_trails(session: Session, ids: Collection[int]) -> dict[int, list[Trace]]:
    """Return the latest events of each cause, the newest first; archived ones are not shown."""
    events = session.scalars(
        select(Event)
        .where(Event.subject == SUBJECT, Event.subject_id.in_(ids))
        .order_by(Event.id.desc())
        .limit(MOST_EVENTS)
    ).all()
    mentioned = {event.actor for event in events} | {
        f"staff:{number}"
        for event in events
        for number in (event.detail.get("to"), event.detail.get("was"))
        if number is not None
    }
    names = _name_accounts(session, mentioned)
    trails: dict[int, list[Trace]] = defaultdict(list)
    for event in events:
        if len(trails[event.subject_id]) < MOST_SHOWN:
            other = event.detail.get("to") or event.detail.get("was")
            trails[event.subject_id].append(
                Trace(
                    event.at,
                    event.action,
                    names.get(event.actor, "" if event.actor == "system" else event.actor),
                    event.detail,
                    names.get(f"staff:{other}", ""),
                )
            )
    return trails


def _name_accounts(session: Session, actors: Collection[str]) -> dict[str, str]:
    ids = [int(actor[6:]) for actor in actors if actor.startswith("staff:") and actor[6:].isdigit()]
    found = session.execute(select(User.id, User.email).where(User.id.in_(ids)))
    return {f"staff:{user_id}": email for user_id, email in found}
