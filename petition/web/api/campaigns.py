"""Campaigns, their districts with published counts, and their organizations."""

from dataclasses import asdict
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.counting.progress import Progress, list_progress_page, read_progress, read_total
from petition.letters.public_letters import count_sent
from petition.models import Campaign, CampaignState
from petition.models.campaigns.layers import list_counted_layers
from petition.partners.partner_list import list_partners
from petition.web.api.endpoints import public_read
from petition.web.api.paging import PageQuery, write_page
from petition.web.api.problems import ApiRefusal, FieldError
from petition.web.api.public_shapes import (
    CampaignShape,
    CampaignsShape,
    DistrictShape,
    DistrictsQuery,
    DistrictsShape,
    OrganizationsShape,
)
from petition.web.public.pages.campaigns import find_campaign, tell_season
from petition.web.public.pages.districts import check_counted

Asked = dict[str, Any]


@public_read("/campaigns", CampaignsShape, "List campaigns", query=PageQuery)
def list_campaigns(asked: Asked) -> Any:
    """List the campaigns that are or were open, by slug."""
    query = select(Campaign).where(Campaign.state != CampaignState.DRAFT)
    if "after" in asked:
        query = query.where(Campaign.slug > asked["after"])
    query = query.order_by(Campaign.slug).limit(asked["limit"] + 1)
    found = db.session.scalars(query.options(selectinload(Campaign.owners))).all()
    return write_page([_tell(campaign) for campaign in found], asked, lambda one: one["slug"])


@public_read("/campaigns/<slug:slug>", CampaignShape, "One campaign")
def show_campaign(asked: Asked, slug: str) -> Any:
    """Show a campaign with its published total."""
    return _tell(find_campaign(slug))


@public_read(
    "/campaigns/<slug:slug>/districts", DistrictsShape, "Counts by district", query=DistrictsQuery
)
def list_districts(asked: Asked, slug: str) -> Any:
    """List the districts that a campaign counts in, by layer and Census id."""
    campaign = find_campaign(slug)
    layers = list_counted_layers(campaign.layers)
    layer = asked.get("layer")
    if layer is not None and layer not in layers:
        fault = FieldError("This campaign does not count in that layer.", parameter="layer")
        raise ApiRefusal(400, "invalid-input", errors=[fault])
    after = None
    if "after" in asked:
        known, _, geoid = asked["after"].partition(":")
        after = (known, geoid)
    chosen = [layer] if layer else layers
    found = list_progress_page(campaign, chosen, asked.get("state"), after, asked["limit"] + 1)
    shown = [_tell_district(slug, progress) for progress in found]
    return write_page(shown, asked, lambda one: f"{one['layer']}:{one['geoid']}")


@public_read(
    "/campaigns/<slug:slug>/districts/<word:layer>/<word:geoid>", DistrictShape, "One district"
)
def show_district(asked: Asked, slug: str, layer: str, geoid: str) -> Any:
    """Show one district by its layer and Census id."""
    campaign = find_campaign(slug)
    check_counted(campaign, layer)
    return _tell_district(slug, read_progress(campaign, layer, geoid))


@public_read("/campaigns/<slug:slug>/organizations", OrganizationsShape, "Its organizations")
def list_organizations(asked: Asked, slug: str) -> Any:
    """List the organizations that support a campaign."""
    return {"items": list_partners(find_campaign(slug).id)}


def _tell(campaign: Campaign) -> dict[str, Any]:
    total = read_total(campaign)
    return {
        "slug": campaign.slug,
        "title": campaign.title,
        "summary": campaign.summary,
        "phase": tell_season(campaign, utcnow()).value,
        "language": campaign.language,
        "organization": campaign.organization,
        "step": campaign.step,
        "layers": list_counted_layers(campaign.layers),
        "opens_at": campaign.opens_at,
        "closes_at": campaign.closes_at,
        "people": total.people,
        "is_exact": total.is_exact,
        "letters": count_sent(campaign.id),
        "counted_at": None if total.people is None else total.at,
        "text_version": campaign.text_version,
        "url": url_for("public.show", slug=campaign.slug, _external=True),
    }


def _tell_district(slug: str, progress: Progress) -> dict[str, Any]:
    place = {"slug": slug, "layer": progress.layer, "geoid": progress.geoid}
    address = url_for("public.show_district", **place, _external=True)
    at = None if progress.people is None else progress.at
    return asdict(progress) | {"counted_at": at, "next_at": progress.next_at, "url": address}
