"""Progress: how far a campaign and its districts are, in numbers that name nobody.

DESIGN 5, rule 7: no count under ten is shown, nor one from which such a count could be reckoned
(petition/counting/rounding.py).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row, Select, func, or_, select

from petition.clock import utcnow
from petition.counting.rounding import has_overlays, round_down, rounds_counts, tell_count
from petition.errors import NotFound
from petition.extensions import db
from petition.models import Campaign, District, Layer, Signature, SignatureState, Tally
from petition.models.layers import choose_whole_layer, list_counted_layers
from petition.models.states import LIVE
from petition.models.tally import SMALLEST_COUNT


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one district is.

    - ``people``: those who have signed and not left; None for fewer than ten. ``is_rounded``: it is
      rounded down to tens.
    - ``reached``: how many times the step was reached, each of them a letter.
    - ``at``: when the count was read.
    """

    district_id: int
    division_id: str
    layer: str
    geoid: str
    name: str
    state: str
    step: int
    people: int | None
    is_rounded: bool
    reached: int
    at: datetime

    @property
    def towards(self) -> int:
        """How many of the next ``step`` have signed; 0 below the last letter, or under ten.

        - Rounded down like ``people``, also where a step is no multiple of ten.
        """
        past = (self.people or 0) - self.reached * self.step
        return max(0, round_down(past) if self.is_rounded else past)

    @property
    def next_at(self) -> int:
        """How many people bring the next letter."""
        return (self.reached + 1) * self.step

    @property
    def missing(self) -> int | None:
        """How many more bring the next letter; None where the count is not shown, or rounded."""
        return None if self.people is None or self.is_rounded else self.next_at - self.people


@dataclass(frozen=True, slots=True)
class Total:
    """How many have signed a campaign.

    - ``people``: None for fewer than ten. ``is_rounded``: it is rounded down to tens.
    - ``is_exact``: False where it is rounded, or where the exact number, held against the
      districts' own, would tell a count under ten; ``people`` is then how many signed in the
      districts that show theirs.
    """

    people: int | None
    is_exact: bool
    is_rounded: bool
    districts: int
    at: datetime


def read_progress(campaign: Campaign, layer: str, geoid: str) -> Progress:
    """Return the progress of the district with that Census id in the boundaries in force.

    - Raises NotFound where no such district is.
    """
    row = db.session.execute(
        _select_districts(campaign.id)
        .where(District.layer == layer, District.geoid == geoid)
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound(gettext("There is no such district."))
    return _describe(row, campaign, utcnow())


def read_progress_of(campaign: Campaign, district_id: int) -> Progress:
    """Return the progress of one district; raises NotFound."""
    row = db.session.execute(
        _select_districts(campaign.id).where(District.id == district_id)
    ).one_or_none()
    if row is None:
        raise NotFound(gettext("There is no such district."))
    return _describe(row, campaign, utcnow())


def list_nearest(campaign: Campaign, limit: int) -> list[Progress]:
    """Return the districts that are nearest to their next letter, the nearest first.

    - Only those that show their count, so that no order tells a count under ten.
    - Where counts are rounded, the order is that of what is shown, and whoever shows none of the
      next step is left out.
    """
    before = func.coalesce(Tally.reached, 0) * Tally.step
    towards = Tally.live - before
    query = _select_districts(campaign.id).where(Tally.live >= SMALLEST_COUNT)
    if rounds_counts(campaign):
        # As in Progress.towards; below 0 databases divide in their own ways, and none is shown.
        tens = Tally.live // SMALLEST_COUNT * SMALLEST_COUNT
        towards = (tens - before) // SMALLEST_COUNT * SMALLEST_COUNT
        query = query.where(towards > 0)
    rows = db.session.execute(
        query.order_by(Tally.step - towards, District.name, District.id).limit(limit)
    )
    now = utcnow()
    return [_describe(row, campaign, now) for row in rows]


def list_progress(campaign: Campaign, layer: str, state: str) -> list[Progress]:
    """Return the districts of a state, those with the most signatures first.

    - Counts under ten come last, by name, so that no order tells one from another.
    """
    rows = db.session.execute(
        _select_districts(campaign.id).where(District.layer == layer, District.state == state)
    )
    now = utcnow()
    found = [_describe(row, campaign, now) for row in rows]
    return sorted(found, key=lambda p: (-(p.people or 0), _sort_key(p.name), p.geoid))


def read_total(campaign: Campaign) -> Total:
    """Return how many have signed: signatures, each once, in however many districts they count.

    - The tallies of a layer that is everywhere add up to them; those of another do not where some
      live in none of its districts, and the signatures themselves are counted.
    """
    whole = choose_whole_layer(campaign.layers)
    layers = [whole] if whole else list_counted_layers(campaign.layers[:1])
    shown = Tally.live >= SMALLEST_COUNT
    row = db.session.execute(
        select(
            func.sum(Tally.live).label("all"),
            func.sum(Tally.live).filter(shown).label("shown"),
            func.count().filter(shown).label("districts"),
        )
        .select_from(Tally)
        .join(District, District.id == Tally.district_id)
        # Whoever is about to be moved to a new district still counts in the one before.
        .where(Tally.campaign_id == campaign.id, District.layer.in_(layers), ~District.overlays)
    ).one()
    adds_up = whole or (layers[0] == Layer.SLDL and not has_overlays(Layer.SLDL))
    everyone = int(row.all or 0) if adds_up else _count_signatures(campaign.id)
    in_shown = min(everyone, int(row.shown or 0))
    is_whole = not 0 < everyone - in_shown < SMALLEST_COUNT
    rounded = rounds_counts(campaign)
    people = tell_count(everyone if is_whole else in_shown, rounded)
    return Total(
        people=people,
        is_exact=is_whole and not rounded,
        is_rounded=rounded and people is not None,
        districts=int(row.districts),
        at=utcnow(),
    )


def _count_signatures(campaign_id: int) -> int:
    """Return how many signatures are counted; who is about to be moved still is."""
    query = select(func.count(Signature.id)).where(
        Signature.campaign_id == campaign_id,
        Signature.ended_at.is_(None),
        or_(
            Signature.state == SignatureState.COUNTED,
            Signature.relocated & Signature.state.in_(LIVE),
        ),
    )
    return db.session.scalar(query) or 0


def _select_districts(campaign_id: int) -> Select[*tuple[Any, ...]]:
    # The left join keeps the districts in which nobody has signed.
    return (
        select(
            District.id,
            District.division_id,
            District.layer,
            District.geoid,
            District.name,
            District.state,
            Tally.live,
            Tally.reached,
        )
        .outerjoin(Tally, (Tally.district_id == District.id) & (Tally.campaign_id == campaign_id))
        .where(District.in_force)
    )


def _sort_key(name: str) -> str:
    """Return a name as people sort it: the 2nd district before the 10th."""
    return re.sub(r"[0-9]+", lambda number: number[0].zfill(6), name.casefold())


def _describe(row: Row[*tuple[Any, ...]], campaign: Campaign, now: datetime) -> Progress:
    rounded = rounds_counts(campaign)
    people = tell_count(row.live or 0, rounded)
    return Progress(
        district_id=row.id,
        division_id=row.division_id,
        layer=row.layer,
        geoid=row.geoid,
        name=row.name,
        state=row.state,
        step=campaign.step,
        people=people,
        is_rounded=rounded and people is not None,
        reached=row.reached or 0,
        at=now,
    )
