"""Verification: what anyone may know of the letters that went: everything but the names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, select

from petition.errors import NotFound
from petition.extensions import db
from petition.models import Campaign, Delivery, DeliveryState, District, Letter, Milestone, Post

# What a tired eye or a phone's keyboard makes of a code's signs (Crockford's base 32).
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
LONGEST_CODE = 16
AnyRow = Row[*tuple[Any, ...]]
ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
STOPPED = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.UNKNOWN)


class Fate(StrEnum):
    """What became of a letter, in as many words as the public needs."""

    DELIVERED = "delivered"
    ON_ITS_WAY = "on its way"
    HELD = "held"  # people left, or the seat is vacant
    NOT_DELIVERED = "not delivered"  # staff are looking at it
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PostedLetter:
    """The PDF that one post gets.

    - ``sha256``, ``pages`` and ``names`` are None until it is made.
    - ``dated``: the date that it bears. ``delivered_at``: None until its office has it.
    """

    post: str
    fate: Fate
    sha256: str | None
    pages: int | None
    size: int | None
    names: int | None
    dated: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConfirmedLetter:
    """All that a letter's page says.

    - ``total``: how many had signed in the district when it was reached.
    """

    code: str
    campaign_slug: str
    campaign_title: str
    organization: str
    layer: str
    geoid: str
    district: str
    state: str
    number: int
    total: int
    reached_at: datetime
    posted: list[PostedLetter]


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter as one line of a list.

    - ``fate`` is "delivered" as soon as one of its posts has it, at ``delivered_at``.
    """

    code: str
    number: int
    total: int
    reached_at: datetime
    district: str
    state: str
    layer: str
    geoid: str
    posts: int
    fate: Fate
    delivered_at: datetime | None


def read_letter(code: str) -> ConfirmedLetter:
    """Return what is confirmed of the letter with that code, however it was typed.

    - Raises NotFound.
    """
    row = db.session.execute(
        select(Milestone, Campaign, District)
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .join(District, District.id == Milestone.district_id)
        .where(Milestone.code == clean_code(code))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no letter with this code.")
    milestone, campaign, district = row
    return ConfirmedLetter(
        code=milestone.code,
        campaign_slug=campaign.slug,
        campaign_title=campaign.title,
        organization=campaign.organization,
        layer=district.layer,
        geoid=district.geoid,
        district=district.name,
        state=district.state,
        number=milestone.number,
        total=milestone.threshold,
        reached_at=milestone.reached_at,
        posted=_list_posted(milestone.id),
    )


def list_letters(campaign_id: int, district_id: int, limit: int = 50) -> list[LetterLine]:
    """Return a district's letters, the latest first."""
    return _list_lines(
        Milestone.campaign_id == campaign_id,
        Milestone.district_id == district_id,
        order=(Milestone.number.desc(),),
        limit=limit,
    )


def list_delivered(campaign_id: int, limit: int) -> list[LetterLine]:
    """Return the letters of a campaign that were delivered last, the latest first."""
    return _list_lines(
        Milestone.campaign_id == campaign_id,
        Delivery.state.in_(ARRIVED),
        order=(func.max(Delivery.settled_at).desc(), Milestone.id.desc()),
        limit=limit,
    )


def count_delivered(campaign_id: int, district_id: int | None = None) -> int:
    """Return how many letters of a campaign, or of one of its districts, have been delivered.

    - A letter counts once, to however many posts it went.
    """
    query = (
        select(func.count(Delivery.milestone_id.distinct()))
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .where(Milestone.campaign_id == campaign_id, Delivery.state.in_(ARRIVED))
    )
    if district_id is not None:
        query = query.where(Milestone.district_id == district_id)
    return db.session.scalar(query) or 0


def clean_code(typed: str) -> str:
    """Return a code as it is stored: in capitals, without hyphens, its look-alikes put right.

    - Empty for what cannot be a code, which no letter has.
    """
    code = typed.upper().translate(MISREAD)
    return code if code.isascii() and code.isalnum() and len(code) <= LONGEST_CODE else ""


def _list_posted(milestone_id: int) -> list[PostedLetter]:
    rows = db.session.execute(
        select(Post.id, Post.title, Delivery.state, Delivery.settled_at, Letter)
        .select_from(Delivery)
        .join(Post, Post.id == Delivery.post_id)
        .outerjoin(Letter, Letter.id == Delivery.letter_id)
        .where(Delivery.milestone_id == milestone_id)
        .order_by(Post.id, Delivery.id)
    ).all()
    return [_describe_posted(group) for group in _group_by_id(rows)]


def _describe_posted(rows: list[AnyRow]) -> PostedLetter:
    """Describe one post's letter from its deliveries, one for each channel."""
    letter: Letter | None = next((row.Letter for row in rows if row.Letter is not None), None)
    return PostedLetter(
        post=rows[0].title,
        fate=_judge(row.state for row in rows),
        sha256=letter.sha256 if letter else None,
        pages=letter.pages if letter else None,
        size=letter.size if letter else None,
        names=letter.names if letter else None,
        dated=letter.rendered_at if letter else None,
        delivered_at=_first_arrival(rows),
    )


def _list_lines(*conditions: Any, order: Iterable[Any], limit: int) -> list[LetterLine]:
    chosen = (
        select(Milestone.id)
        .outerjoin(Delivery, Delivery.milestone_id == Milestone.id)
        .where(*conditions)
        .group_by(Milestone.id)
        .order_by(*order)
        .limit(limit)
    )
    ids = list(db.session.scalars(chosen))
    rows = db.session.execute(
        select(
            Milestone.id,
            Milestone,
            District,
            Delivery.post_id,
            Delivery.state,
            Delivery.settled_at,
        )
        .join(District, District.id == Milestone.district_id)
        .outerjoin(Delivery, Delivery.milestone_id == Milestone.id)
        .where(Milestone.id.in_(ids))
        .order_by(Milestone.id, Delivery.id)
    ).all()
    lines = {group[0].id: _describe_line(group) for group in _group_by_id(rows)}
    return [lines[milestone_id] for milestone_id in ids]


def _describe_line(rows: list[AnyRow]) -> LetterLine:
    milestone, district = rows[0].Milestone, rows[0].District
    states = [row.state for row in rows if row.state is not None]
    return LetterLine(
        code=milestone.code,
        number=milestone.number,
        total=milestone.threshold,
        reached_at=milestone.reached_at,
        district=district.name,
        state=district.state,
        layer=district.layer,
        geoid=district.geoid,
        posts=len({row.post_id for row in rows if row.state is not None}),
        fate=_judge(states),
        delivered_at=_first_arrival(rows),
    )


def _group_by_id(rows: Iterable[AnyRow]) -> list[list[AnyRow]]:
    groups: dict[int, list[AnyRow]] = {}
    for row in rows:
        groups.setdefault(row.id, []).append(row)
    return list(groups.values())


def _judge(states: Iterable[str]) -> Fate:
    """Tell the fate of several deliveries by the best of them."""
    found = set(states)
    if found & set(ARRIVED):
        return Fate.DELIVERED
    if not found or found == {DeliveryState.CANCELLED}:
        return Fate.CANCELLED if found else Fate.HELD
    if found <= {*STOPPED, DeliveryState.CANCELLED}:
        return Fate.NOT_DELIVERED
    if found <= {*STOPPED, DeliveryState.CANCELLED, DeliveryState.HELD}:
        return Fate.HELD
    return Fate.ON_ITS_WAY


def _first_arrival(rows: Iterable[AnyRow]) -> datetime | None:
    return min(
        (row.settled_at for row in rows if row.state in ARRIVED and row.settled_at), default=None
    )
