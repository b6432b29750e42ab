"""Everything about one post: its district, terms, offices, corrections and letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Row, func, select

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import (
    Campaign,
    CampaignState,
    Correction,
    CorrectionField,
    Delivery,
    DeliveryIndex,
    DeliveryState,
    District,
    HoldReason,
    Office,
    Official,
    Post,
    Term,
)
from petition.models.campaigns.layers import list_layers_in, writes_to
from petition.models.officials.post import BY_HAND
from petition.officials.corrections.corrector import read_post
from petition.officials.corrections.roster_comparison import Compared, compare_one
from petition.officials.corrections.value_correction import read_current
from petition.officials.directory.post_list import name_districts
from petition.officials.post_status import ObstacleReason, find_reason

WAITING_FOR_OFFICE = (HoldReason.VACANT, HoldReason.NO_ADDRESS)


class TermStanding(StrEnum):
    """How a term stands to a day."""

    NOW = "now"
    NEXT = "next"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class TermLine:
    """A term; ``source_id`` is the person's id in the source, None for one entered by hand."""

    name: str
    source_id: str | None
    starts_on: date | None
    ends_on: date | None
    standing: TermStanding
    listed: bool


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """An office of the rosters; ``whose`` None: the post's own."""

    whose: str | None
    office: Office


@dataclass(frozen=True, slots=True)
class PublicDistrict:
    """The public page of the post's district in an open campaign that writes to it."""

    slug: str
    title: str
    layer: str
    geoid: str


@dataclass(frozen=True, slots=True)
class PostLetters:
    """The letters to a post: how many in each state, and how many wait for it.

    - ``waiting``: held, because nobody holds it or no address is known.
    """

    states: dict[DeliveryState, int]
    waiting: int


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A post as staff read it.

    - ``current``: the value of each field that can be corrected, in the form in which a form sends
      it back; empty if there is none.
    - ``compared``: the corrections that were not withdrawn, beside the rosters; ``withdrawn``: the
      others, the newest first.
    """

    post: Post
    district: str | None
    layers: tuple[str, ...]
    holder: Official | None
    salutation: str | None
    reason: ObstacleReason | None
    current: dict[CorrectionField, str]
    terms: list[TermLine]
    offices: list[OfficeLine]
    compared: list[Compared]
    withdrawn: list[Correction]
    letters: PostLetters
    public: list[PublicDistrict]


def read_record(post_id: int, needs_email: bool) -> PostRecord:
    """Return everything about a post; raises NotFound."""
    today = utcnow().date()
    post = read_post(db.session(), post_id)
    named = name_districts({post.division_id}).get(post.division_id)
    addressee = post.address(today)
    holder = None if post.is_body else post.find_holder(today)
    return PostRecord(
        post=post,
        district=named[0] if named else None,
        layers=named[1] if named else (),
        holder=holder,
        salutation=addressee.salutation if addressee else None,
        reason=find_reason(post, today, needs_email),
        current={field: read_current(post, field, today) for field in CorrectionField},
        terms=_list_terms(post, today),
        offices=_list_offices(post, holder),
        compared=[
            compare_one(one, today, named is not None)
            for one in post.corrections
            if one.withdrawn_at is None
        ],
        withdrawn=[one for one in reversed(post.corrections) if one.withdrawn_at is not None],
        letters=_count_letters(post_id),
        public=_list_public(post),
    )


def _list_terms(post: Post, today: date) -> list[TermLine]:
    lines = [_describe_term(term, today) for term in post.terms]
    return sorted(
        lines, key=lambda line: (line.starts_on or date.min, line.ends_on or date.max), reverse=True
    )


def _describe_term(term: Term, today: date) -> TermLine:
    is_next = term.starts_on is not None and term.starts_on > today
    by_hand = term.official.source_id.startswith(BY_HAND)
    standing = TermStanding.NEXT if is_next else TermStanding.PAST
    return TermLine(
        name=term.official.name,
        source_id=None if by_hand else term.official.source_id,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
        standing=TermStanding.NOW if term.covers(today) else standing,
        listed=term.listed,
    )


def _list_offices(post: Post, holder: Official | None) -> list[OfficeLine]:
    mine = [OfficeLine(holder.name, office) for office in holder.offices] if holder else []
    return [*mine, *(OfficeLine(None, office) for office in post.offices)]


def _count_letters(post_id: int) -> PostLetters:
    rows: Sequence[Row[str, int]] = db.session.execute(
        select(DeliveryIndex.state, func.count())
        .where(DeliveryIndex.post_id == post_id)
        .group_by(DeliveryIndex.state)
    ).all()
    waiting = db.session.scalar(
        select(func.count())
        .select_from(Delivery)
        .join(DeliveryIndex, DeliveryIndex.id == Delivery.id)
        .where(
            DeliveryIndex.post_id == post_id,
            DeliveryIndex.state == DeliveryState.HELD.value,
            Delivery.reason.in_(WAITING_FOR_OFFICE),
        )
    )
    found = {state: number for state, number in rows}
    states = {state: found[state] for state in DeliveryState if state in found}
    return PostLetters(states, waiting or 0)


def _list_public(post: Post) -> list[PublicDistrict]:
    districts = db.session.execute(
        select(District.layer, District.geoid, District.state)
        .where(District.division_id == post.division_id, District.in_force)
        .order_by(District.id)
    ).all()
    if not districts:
        return []
    campaigns = db.session.execute(
        select(Campaign.slug, Campaign.title, Campaign.layers, Campaign.recipients)
        .where(Campaign.state == CampaignState.OPEN)
        .order_by(Campaign.id)
    ).all()
    return [
        PublicDistrict(campaign.slug, campaign.title, district.layer, district.geoid)
        for campaign in campaigns
        for district in districts
        if district.layer in list_layers_in(campaign.layers, district.state)
        and writes_to(campaign.recipients, district.layer, post.role)
    ]
