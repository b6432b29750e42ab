"""How many have signed in each district, from the tallies that counting keeps."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, tuple_

from petition.core.extensions import db
from petition.models import Campaign, District, Tally

BATCH = 1000


@dataclass(frozen=True, slots=True)
class DistrictTotal:
    """One district of a campaign; ``live`` have signed, ``hundreds`` were reached."""

    campaign: str
    name: str
    state: str
    layer: str
    live: int
    hundreds: int


def list_largest(campaign_id: int | None, most: int) -> list[DistrictTotal]:
    """Return the districts with the most signatures, of a campaign or of all."""
    largest = select(Tally.campaign_id, Tally.district_id, Tally.live, Tally.reached)
    if campaign_id is not None:
        largest = largest.where(Tally.campaign_id == campaign_id)
    top = (
        largest.order_by(Tally.live.desc(), Tally.campaign_id, Tally.district_id)
        .limit(most)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Campaign.slug, District.name, District.state, District.layer, top.c.live, top.c.reached
        )
        .join_from(top, Campaign, Campaign.id == top.c.campaign_id)
        .join(District, District.id == top.c.district_id)
        .order_by(top.c.live.desc(), top.c.campaign_id, top.c.district_id)
    )
    return [
        DistrictTotal(slug, name, state, layer, live, reached or 0)
        for slug, name, state, layer, live, reached in rows
    ]


def iterate_districts(campaign_id: int | None) -> Iterator[DistrictTotal]:
    """Give every district with a count, by campaign; no transaction is open between batches."""
    after = (0, 0)
    while True:
        query = (
            select(
                Tally.campaign_id,
                Tally.district_id,
                Campaign.slug,
                District.name,
                District.state,
                District.layer,
                Tally.live,
                Tally.reached,
            )
            .join(Campaign, Campaign.id == Tally.campaign_id)
            .join(District, District.id == Tally.district_id)
            .where(tuple_(Tally.campaign_id, Tally.district_id) > after)
            .order_by(Tally.campaign_id, Tally.district_id)
            .limit(BATCH)
        )
        if campaign_id is not None:
            query = query.where(Tally.campaign_id == campaign_id)
        rows = db.session.execute(query).all()
        db.session.rollback()
        yield from (DistrictTotal(*row[2:7], row[7] or 0) for row in rows)
        if len(rows) < BATCH:
            return
        after = (rows[-1][0], rows[-1][1])
