"""The front page, and a campaign's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import Response, make_response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from petition.campaigns.campaign_problems import CampaignProblem
from petition.campaigns.successors import find_successor
from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.counting.progress import list_nearest, read_total
from petition.dispatch.pauses import is_paused
from petition.error_messages.page_messages import PageProblem
from petition.letters.public_letters import count_sent, list_just_sent
from petition.models import (
    Campaign,
    CampaignState,
    ConsentOffer,
    Organization,
    OrganizationState,
    Signature,
)
from petition.models.campaigns.campaign import SLUG
from petition.web.maps import find_widest
from petition.web.public.blueprint import public
from petition.web.public.pages.about import tell_about
from petition.web.public.pages.district_progress import Standing, list_standings, read_standings
from petition.web.public.pages.letter_text import show_letter
from petition.web.public.pages.sealed_place import FIELD, read_look_up
from petition.web.public.pages.timeline import list_timeline

NEAREST_SHOWN = 5
# In the query of a link to the page, and in its form: the slug of a group.
SOURCE = "source"
# Every page names the owners: they come in the campaign's own statement, in a row each.
WITH_OWNERS = joinedload(Campaign.owners)


class CampaignPhase(StrEnum):
    """Whether a campaign is before, in or after its signing period."""

    EARLY = "early"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Offer:
    """A checkbox under the form: an organization's request for consent, in its own wording.

    - ``value``: the value of the checkbox, which identifies the offer whose wording was shown.
      ``about``: what the organization says of itself, such as its members.
    """

    field: str
    value: str
    slug: str
    organization: str
    about: str
    wording: str

    @property
    def name(self) -> str:
        """Its name among the answers after signing: "offer-7"."""
        return self.value


@public.get("/")
def home() -> str:
    """Show the campaigns that are open for signing; a single one with its first lines."""
    now = utcnow()
    campaigns = [
        campaign
        for campaign in db.session.scalars(
            select(Campaign)
            .where(Campaign.state == CampaignState.OPEN)
            .order_by(Campaign.opens_at.desc(), Campaign.id.desc())
            .options(selectinload(Campaign.owners))
        )
        if campaign.is_open(now)
    ]
    totals = {campaign.id: read_total(campaign) for campaign in campaigns}
    only = campaigns[0] if len(campaigns) == 1 else None
    return render_template(
        "public/home.html",
        campaigns=campaigns,
        totals=totals,
        letter=show_letter(only) if only else None,
        letters_sent=count_sent(only.id) if only else 0,
    )


@public.get("/campaigns/<slug:slug>")
def show(slug: str) -> Response:
    """Show the letter, the form, the recipients and the progress.

    - Not cached where the URL contains a look-up.
    """
    response = make_response(render_campaign(find_campaign(slug)))
    if FIELD in request.args:
        response.headers["Cache-Control"] = "no-store"
    return response


@public.get("/campaigns/<slug:slug>/accent.css")
def show_accent(slug: str) -> Response:
    """Return the campaign's color as a style sheet, since our policy forbids inline styles."""
    accent = find_campaign(slug).accent
    if accent is None:
        raise NotFound(PageProblem.NO_ACCENT)
    return Response(write_accent(accent), content_type="text/css; charset=utf-8")


def write_accent(accent: str) -> str:
    """Return the style sheet of a color."""
    tokens = f"--accent: {accent}; --accent-strong: color-mix(in srgb, {accent} 80%, black)"
    # A frame on a light website is light for whoever prefers the dark, and the other way round.
    rule = (
        f"@media (prefers-color-scheme: light) {{ :root:not([data-scheme=dark]) {{ {tokens} }} }}"
    )
    rule += f" :root[data-scheme=light] {{ {tokens} }}"
    return rule


def render_campaign(
    campaign: Campaign,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    *,
    preview: str = "",
) -> str:
    """Return a campaign's page, with the values and errors of a form that was sent.

    - ``preview``: the words of a banner above it; a draft is then shown as once it is open.
    - Where the URL contains a look-up (sealed_place.py), its districts come first. The page never
      shows the ZIP itself: someone who finds the URL in a log must not learn it.
    """
    now = utcnow()
    season = tell_season(campaign, now)
    is_draft = campaign.state == CampaignState.DRAFT
    if preview and is_draft:
        season = CampaignPhase.OPEN
    successor = find_successor(campaign, now) if season == CampaignPhase.CLOSED else None
    standings = _list_looked_up(campaign)
    near = [(one.progress.state, one.progress.layer) for one in standings]
    nearest = list_nearest(campaign, NEAREST_SHOWN)
    return render_template(
        "public/campaign.html",
        campaign=campaign,
        season=season,
        paused=is_paused(db.session(), campaign.id),
        letter=show_letter(campaign),
        offers=list_offers(campaign.id) if season == CampaignPhase.OPEN else [],
        typed=typed or {},
        problems=problems or {},
        standings=standings,
        map_of=None if is_draft else find_widest(campaign, near[0] if near else None),
        total=read_total(campaign),
        nearest=nearest,
        just_sent=list_just_sent(campaign.id, [one.district_id for one in nearest], utcnow()),
        letters_sent=count_sent(campaign.id),
        timeline=list_timeline(campaign, successor, now),
        about=tell_about(campaign),
        successor=successor,
        preview=preview,
    )


def _list_looked_up(campaign: Campaign) -> list[Standing]:
    found = read_look_up(campaign.slug)
    if found is None:
        return []
    if found.district_ids:
        return read_standings(campaign, found.district_ids)
    return list_standings(campaign, found.place)


def find_queried_campaign() -> Campaign | None:
    """Return the campaign whose slug ``?campaign=`` is; None without one. Raises NotFound."""
    slug = request.args.get("campaign", "")
    if slug and not SLUG.fullmatch(slug):
        raise NotFound(CampaignProblem.NOT_FOUND)
    return find_campaign(slug) if slug else None


def find_campaign(slug: str) -> Campaign:
    """Return the campaign with that slug; raises NotFound without one, and for a draft."""
    query = select(Campaign).where(Campaign.slug == slug, Campaign.state != CampaignState.DRAFT)
    campaign = db.session.scalars(query.options(WITH_OWNERS)).unique().one_or_none()
    if campaign is None:
        raise NotFound(PageProblem.CAMPAIGN_ADDRESS_UNKNOWN)
    return campaign


def find_campaign_of(signature_id: int) -> Campaign | None:
    """Return the campaign that a signature is of; None if there is no such signature."""
    query = select(Campaign).join(Signature, Signature.campaign_id == Campaign.id)
    query = query.where(Signature.id == signature_id).options(WITH_OWNERS)
    return db.session.scalars(query).unique().one_or_none()


def tell_season(campaign: Campaign, now: datetime) -> CampaignPhase:
    """Return whether the campaign is not yet open, open or closed at ``now``."""
    if campaign.is_open(now):
        return CampaignPhase.OPEN
    if campaign.state == CampaignState.OPEN and campaign.opens_at and now < campaign.opens_at:
        return CampaignPhase.EARLY
    return CampaignPhase.CLOSED


def list_offers(campaign_id: int) -> list[Offer]:
    """Return the offers under the form, ordered by the organization's name."""
    rows = db.session.execute(
        select(
            ConsentOffer.id,
            ConsentOffer.purpose,
            ConsentOffer.wording,
            Organization.slug,
            Organization.name,
            Organization.about,
        )
        .join(Organization, Organization.id == ConsentOffer.organization_id)
        .where(ConsentOffer.campaign_id == campaign_id, ConsentOffer.retired_at.is_(None))
        .where(Organization.state == OrganizationState.APPROVED)
        .order_by(Organization.name, ConsentOffer.id)
    )
    return [
        Offer(
            f"consent_{row.purpose}_{row.slug}",
            f"offer-{row.id}",
            row.slug,
            row.name,
            row.about,
            row.wording,
        )
        for row in rows
    ]


def choose_source_offers(offers: list[Offer], typed: Mapping[str, str]) -> list[Offer]:
    """Return the offers of the group whose link led here (``?source=``), which the form shows."""
    source = typed.get(SOURCE) or request.args.get(SOURCE, "")
    return [offer for offer in offers if offer.slug == source]
