"""Returns whether a campaign accepts signatures now, without a query for each signature."""

import time
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError

from petition.campaigns.campaign_problems import CampaignProblem
from petition.campaigns.offer_sets import find_offer_set, list_offer_ids
from petition.campaigns.screening_settings import ScreeningSettings, restore_guards
from petition.core.database import is_unavailable
from petition.core.errors import CampaignNotOpen, DatabaseUnavailable, NotFound
from petition.core.extensions import db, keep_for_app
from petition.models import Campaign, CampaignState

# How long a process uses what it last read; closing a campaign takes effect within this time.
FRESH_SECONDS = 1.0
EXTENSION = "hundredth-seasons"
_CAMPAIGN = select(
    Campaign.id,
    Campaign.state,
    Campaign.confirm_email,
    Campaign.layers,
    Campaign.message,
    Campaign.opens_at,
    Campaign.closes_at,
    Campaign.guards,
    Campaign.comments,
    Campaign.text_version,
    Campaign.sharing,
).where(Campaign.slug == bindparam("slug"))


@dataclass(frozen=True, slots=True)
class CampaignSnapshot:
    """The data of a campaign that signing needs, and until when it may be used.

    - ``offer_set_id``: what its pages offer now (OfferSet); None for nothing.
    """

    id: int
    state: str
    confirm_email: bool
    layers: list[str]
    message: str
    opens_at: datetime | None
    closes_at: datetime | None
    guards: ScreeningSettings
    comments: str
    text_version: int
    offer_set_id: int | None
    sharing: str
    fresh_until: float


def find_open_campaign(slug: str, now: datetime) -> CampaignSnapshot:
    """Return the campaign if it accepts signatures at ``now``.

    - Raises NotFound, CampaignNotOpen, or DatabaseUnavailable.
    """
    season = _find(slug)
    if season is None or season.state == CampaignState.DRAFT:
        raise NotFound(CampaignProblem.NOT_FOUND)
    if season.opens_at is not None and now < season.opens_at:
        raise CampaignNotOpen(CampaignProblem.NOT_OPEN_YET)
    closed = season.closes_at is not None and season.closes_at <= now
    if season.state != CampaignState.OPEN or closed:
        raise CampaignNotOpen(CampaignProblem.CLOSED)
    return season


def _find(slug: str) -> CampaignSnapshot | None:
    known: dict[Hashable, CampaignSnapshot] = keep_for_app(EXTENSION, dict)
    season = known.get(slug)
    if season is None or season.fresh_until < time.monotonic():
        season = _read(slug)
        if season is not None:
            known[slug] = season
    return season


def _read(slug: str) -> CampaignSnapshot | None:
    try:
        with db.engine.connect() as connection:
            row = connection.execute(_CAMPAIGN, {"slug": slug}).one_or_none()
            offers = list_offer_ids(connection, row.id) if row is not None else ()
    except DBAPIError as error:
        if is_unavailable(error):
            raise DatabaseUnavailable(type(error.orig).__name__) from error
        raise
    if row is None:
        return None
    values = row._asdict() | {"guards": restore_guards(row.guards)}
    values["offer_set_id"] = find_offer_set(row.id, offers)
    return CampaignSnapshot(**values, fresh_until=time.monotonic() + FRESH_SECONDS)
