"""The districts whose posts a campaign writes to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.errors import NotFound
from petition.models import Campaign, District
from petition.models.campaigns.layers import (
    list_counted_layers,
    list_layers_in,
    name_layer,
    writes_to,
)
from petition.models.slug_problems import SlugProblem
from petition.officials.district_index import PostDistrict
from petition.postal.us_states import BY_CODE


@dataclass(frozen=True, slots=True)
class CampaignDistricts:
    """A campaign's districts in force by division, and the roles it writes to in each layer.

    - ``empty``: its layers that have no district in force.
    """

    areas: Mapping[str, Sequence[PostDistrict]]
    recipients: Mapping[str, Sequence[str]]
    empty: Sequence[str]

    def list_areas(self, division_id: str, role: str) -> list[PostDistrict]:
        """Return the districts, one per layer, whose posts of that role are recipients."""
        return [
            area
            for area in self.areas.get(division_id, ())
            if writes_to(self.recipients, area.layer, role)
        ]


def read_campaign_districts(session: Session, slug: str) -> CampaignDistricts:
    """Return the districts and roles that a campaign writes to; raises NotFound."""
    campaign = session.execute(
        select(Campaign.layers, Campaign.recipients).where(Campaign.slug == slug)
    ).one_or_none()
    if campaign is None:
        raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)
    found = session.execute(
        select(District.division_id, District.layer, District.name, District.state)
        .where(District.in_force, District.layer.in_(list_counted_layers(campaign.layers)))
        .order_by(District.id)
    ).all()
    areas: dict[str, list[PostDistrict]] = defaultdict(list)
    for row in found:
        if row.layer in list_layers_in(campaign.layers, row.state):
            area = PostDistrict(row.division_id, row.layer, row.name, BY_CODE[row.state])
            areas[row.division_id].append(area)
    having = {
        one for one in campaign.layers for row in found if name_layer(one, row.state) == row.layer
    }
    return CampaignDistricts(
        areas, campaign.recipients, [one for one in campaign.layers if one not in having]
    )
