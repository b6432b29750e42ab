"""An overview of each campaign: its signatures, its letters and deliveries, and its holds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, union_all
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.dispatch.pauses import InForce, list_pauses
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    District,
    Letter,
    Milestone,
    MilestoneState,
    Post,
    Signature,
    SignatureState,
)
from petition.models.campaigns.layers import writes_to
from petition.models.signatures.signature import UNCOUNTED
from petition.models.slug_problems import SlugProblem
from petition.models.states import LIVE

# The deliveries that are not settled and wait for a person.
_STUCK = (DeliveryState.HELD, DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.BOUNCED)


@dataclass(frozen=True, slots=True)
class LayerPosts:
    """The districts in force of a layer, and their posts that receive a campaign's letters."""

    districts: int
    posts: int
    without_post: int


@dataclass(frozen=True, slots=True)
class CampaignOverview:
    """One campaign.

    - ``takes_signatures``: now. ``signatures``: how many are in each state; ``signers``: those in
      a live state. ``letters``: those in force.
    - ``hundreds_held``, ``deliveries_stuck`` (by state or reason) and ``paused``: what delays it; a
      pause of all campaigns is included in each.
    - ``follows``: the campaigns that it follows. ``posts`` by layer; empty in a list.
    """

    slug: str
    title: str
    state: str
    takes_signatures: bool
    opens_at: datetime | None
    closes_at: datetime | None
    created_at: datetime
    text_version: int
    step: int
    layers: list[str]
    signers: int
    signatures: dict[str, int]
    hundreds: int
    hundreds_held: int
    letters: int
    deliveries: dict[str, int]
    deliveries_stuck: dict[str, int]
    paused: list[InForce]
    successor: str | None
    follows: list[str]
    posts: dict[str, LayerPosts] = field(default_factory=dict)


def list_campaigns(session: Session) -> list[CampaignOverview]:
    """Return all campaigns, the oldest first, without their posts."""
    campaigns = session.scalars(select(Campaign).order_by(Campaign.id)).all()
    counts = _Counts.read(session)
    pauses = list_pauses(session)
    return [_describe(one, campaigns, counts, pauses) for one in campaigns]


def get_campaign(session: Session, slug: str) -> CampaignOverview:
    """Return one campaign with its posts; raises NotFound."""
    campaigns = session.scalars(select(Campaign).order_by(Campaign.id)).all()
    for one in campaigns:
        if one.slug == slug:
            counts = _Counts.read(session, one.id)
            posts = {layer: _count_posts(session, one, layer) for layer in one.layers}
            return _describe(one, campaigns, counts, list_pauses(session), posts)
    raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)


@dataclass(frozen=True, slots=True)
class _Counts:
    """Numbers by campaign and by state or reason."""

    signatures: Counter[tuple[int, str]]
    milestones: Counter[tuple[int, str]]
    letters: Counter[tuple[int, str]]
    deliveries: Counter[tuple[int, str]]
    stuck: Counter[tuple[int, str]]

    @classmethod
    def read(cls, session: Session, campaign_id: int | None = None) -> "_Counts":
        """Return the numbers of one campaign, or of all for None.

        - One index has the signatures that are not counted, another all that are live: the counted
          ones are the difference, read in one statement.
        """

        def of(column: Any) -> list[ColumnElement[bool]]:
            return [] if campaign_id is None else [column == campaign_id]

        signature = Signature.campaign_id
        uncounted = (
            select(signature, Signature.state, func.count())
            .where(UNCOUNTED, *of(signature))
            .group_by(signature, Signature.state)
        )
        live = (
            select(signature, literal(""), func.count())
            .where(Signature.ended_at.is_(None), *of(signature))
            .group_by(signature)
        )
        milestone = Milestone.campaign_id
        reached = select(milestone, Milestone.state, func.count()).where(*of(milestone))
        letters = (
            select(milestone, literal(""), func.count())
            .join(Letter, Letter.milestone_id == Milestone.id)
            .where(Letter.superseded_at.is_(None), *of(milestone))
        )
        deliveries = (
            select(milestone, Delivery.state, Delivery.reason, func.count())
            .join(Delivery, Delivery.milestone_id == Milestone.id)
            .where(*of(milestone))
            .group_by(milestone, Delivery.state, Delivery.reason)
        )
        by_state: Counter[tuple[int, str]] = Counter()
        stuck: Counter[tuple[int, str]] = Counter()
        for id, state, reason, number in session.execute(deliveries):
            by_state[id, state] += number
            if state in _STUCK:
                stuck[id, reason if state == DeliveryState.HELD and reason else state] += number
        return cls(
            _gather(session.execute(union_all(uncounted, live))),
            _gather(session.execute(reached.group_by(milestone, Milestone.state))),
            _gather(session.execute(letters.group_by(milestone))),
            by_state,
            stuck,
        )


def _gather(rows: Iterable[Any]) -> Counter[tuple[int, str]]:
    return Counter({(id, what): number for id, what, number in rows})


def _pick(counts: Counter[tuple[int, str]], campaign_id: int) -> dict[str, int]:
    return {what: number for (id, what), number in counts.items() if id == campaign_id and what}


def _describe(
    campaign: Campaign,
    others: Iterable[Campaign],
    counts: _Counts,
    pauses: Iterable[InForce],
    posts: Mapping[str, LayerPosts] | None = None,
) -> CampaignOverview:
    signatures = _pick(counts.signatures, campaign.id)
    signers = counts.signatures[campaign.id, ""]
    uncounted = sum(signatures.get(state, 0) for state in LIVE if state != SignatureState.COUNTED)
    milestones = _pick(counts.milestones, campaign.id)
    return CampaignOverview(
        slug=campaign.slug,
        title=campaign.title,
        state=campaign.state,
        takes_signatures=campaign.is_open(utcnow()),
        opens_at=campaign.opens_at,
        closes_at=campaign.closes_at,
        created_at=campaign.created_at,
        text_version=campaign.text_version,
        step=campaign.step,
        layers=list(campaign.layers),
        signers=signers,
        signatures=signatures | {SignatureState.COUNTED.value: signers - uncounted},
        hundreds=sum(milestones.values()),
        hundreds_held=milestones.get(MilestoneState.HELD, 0),
        letters=counts.letters[campaign.id, ""],
        deliveries=_pick(counts.deliveries, campaign.id),
        deliveries_stuck=_pick(counts.stuck, campaign.id),
        paused=[one for one in pauses if one.campaign in (None, campaign.slug)],
        successor=campaign.successor,
        follows=[one.slug for one in others if one.successor == campaign.slug],
        posts=dict(posts or {}),
    )


def _count_posts(session: Session, campaign: Campaign, layer: str) -> LayerPosts:
    districts = session.scalar(
        select(func.count()).where(District.layer == layer, District.in_force)
    )
    rows = session.execute(
        select(District.id, Post.id, Post.role)
        .join(Post, Post.division_id == District.division_id)
        .where(District.layer == layer, District.in_force, Post.active)
    )
    roles = campaign.recipients
    found = {(district, post) for district, post, role in rows if writes_to(roles, layer, role)}
    served = len({district for district, _ in found})
    return LayerPosts(districts or 0, len({post for _, post in found}), (districts or 0) - served)
