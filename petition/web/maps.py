"""The data of the maps: a campaign's states, and a state's districts with outlines and texts.

The drawing, the table and the GeoJSON are made from the same rows, so they agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext, ngettext

from petition.boundaries.outlines import FINE, Drawing, get_drawing
from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.counting.count_rounding import rounds_counts
from petition.counting.map_classes import (
    Shade,
    find_shade,
    list_shades,
    list_state_totals,
    list_states,
)
from petition.counting.progress import Progress, list_progress
from petition.error_messages.page_messages import PageProblem
from petition.letters.public_letters import count_sent_by_state, count_sent_in
from petition.models import Campaign, Layer
from petition.models.campaigns.layers import list_counted_layers, name_layer
from petition.postal.us_states import BY_CODE, State
from petition.web.formats import begin, name_layers, show_number, show_place
from petition.web.languages import keep_language

# In the place of a state: all of them.
COUNTRY = "US"


@dataclass(frozen=True, slots=True)
class StateRow:
    """A state in which districts of a layer show their counts; ``people`` is the sum of those."""

    state: State
    layer: str
    people: int
    districts: int
    letters: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The states of a campaign, by name.

    - ``only``: the state and layer if there is only one state to show; None where there are
      several, or none yet.
    - ``is_rounded``: counts are rounded down to tens.
    """

    rows: list[StateRow]
    only: tuple[str, str] | None
    is_rounded: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class MapDistrict:
    """A district on the map; ``shade``: number of its class, ``letters``: how many were sent."""

    progress: Progress
    shade: int
    letters: int

    @property
    def words(self) -> str:
        """The text of the district on the map, in one line."""
        letters = f". {tell_letters(self.letters)}" if self.letters else ""
        return f"{begin(show_place(self.progress.name))}: {tell_progress(self.progress)}{letters}"


@dataclass(frozen=True, slots=True)
class StateMap:
    """A state's districts of one layer: the drawing, and the data of each district in order.

    - ``is_rounded``: counts are rounded down to tens.
    """

    state: State
    layer: str
    drawing: Drawing
    districts: list[MapDistrict]
    shades: Sequence[Shade]
    is_rounded: bool
    at: datetime


def read_overview(campaign: Campaign) -> Overview:
    """Return the states in which districts show their counts."""
    letters = count_sent_by_state(campaign.id)
    layers = list_counted_layers(campaign.layers)
    rows = [
        StateRow(
            BY_CODE[total.state],
            total.layer,
            total.people,
            total.districts,
            letters.get((total.layer, total.state), 0),
        )
        for total in list_state_totals(campaign)
        if total.layer in layers
    ]
    rows.sort(key=lambda row: (row.state.name, layers.index(row.layer)))
    return Overview(rows, _find_only(campaign, rows), rounds_counts(campaign), utcnow())


def find_widest(campaign: Campaign, near: tuple[str, str] | None = None) -> tuple[str, str] | None:
    """Return the state and layer that a campaign's page draws; None while there is none to show.

    - ``near``: the state and layer of a visitor's own district, which is drawn where it is known.
    - Else the country (COUNTRY and no layer) where people of several states have signed, else the
      state in which they have, else the only state of a layer.
    """
    layers = [layer for layer in list_counted_layers(campaign.layers) if layer != Layer.STATE]
    if near is not None and near[1] in layers:
        return near
    totals = [total for total in list_state_totals(campaign) if total.layer in layers]
    if len({total.state for total in totals}) > 1:
        return COUNTRY, ""
    if totals:
        widest = max(totals, key=lambda total: total.people)
        return widest.state, widest.layer
    for layer in layers:
        states = list_states(layer)
        if len(states) == 1:
            return states[0], layer
    return None


def read_state_map(
    campaign: Campaign, code: str, layer: str | None, tolerance: float | None = None
) -> StateMap:
    """Return the map of a state, of the campaign's first layer where none is given.

    - Raises NotFound where the campaign does not count by the layer, or has no district of it in
      the state.
    """
    state = BY_CODE.get(code.upper())
    layer = name_layer(layer or campaign.layers[0], code.upper())
    if state is None or layer not in list_counted_layers(campaign.layers):
        raise NotFound(PageProblem.NOT_MAPPED)
    rows = list_progress(campaign, layer, state.code)
    if not rows:
        raise NotFound(PageProblem.STATE_NOT_MAPPED, districts=name_layers(layer), state=state.name)
    letters = count_sent_in(campaign.id, layer, state.code)
    rounded = rounds_counts(campaign)
    return StateMap(
        state=state,
        layer=layer,
        drawing=get_drawing(db.session(), layer, state.code, *filter(None, [tolerance])),
        districts=[
            MapDistrict(
                progress=row,
                shade=find_shade(row.people, row.step, rounded),
                letters=letters.get(row.district_id, 0),
            )
            for row in rows
        ],
        shades=list_shades(campaign.step, rounded),
        is_rounded=rounded,
        at=rows[0].at,
    )


def describe_features(campaign: Campaign, code: str, layer: str) -> dict[str, Any]:
    """Return the state's districts as a GeoJSON feature collection, detailed enough for zooming."""
    found = read_state_map(campaign, code, layer, FINE)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": district.progress.geoid,
                "geometry": found.drawing.shape(district.progress.geoid),
                "properties": _describe_properties(campaign, found.drawing, district),
            }
            for district in found.districts
            if district.progress.geoid in found.drawing.outlines
        ],
    }


def tell_progress(p: Progress) -> str:
    """Return how many people have signed in a district, as part of a sentence."""
    if p.people is None:
        return gettext("number not shown yet")
    people, towards, step = map(show_number, (p.people, p.towards, p.step))
    if not p.is_rounded:
        return gettext(
            "%(people)s signatures, %(towards)s of the next %(step)s",
            people=people,
            towards=towards,
            step=step,
        )
    if not p.towards:
        return gettext("at least %(people)s signatures", people=people)
    return gettext(
        "at least %(people)s signatures and %(towards)s of the next %(step)s",
        people=people,
        towards=towards,
        step=step,
    )


def tell_people(shown: str) -> str:
    """Return "40 signatures" for a number that is written already."""
    return gettext("%(people)s signatures", people=shown)


def tell_letters(letters: int) -> str:
    """Return "1 letter sent" or "3 letters sent"."""
    shown = show_number(letters)
    return ngettext("%(shown)s letter sent", "%(shown)s letters sent", letters, shown=shown)


def _describe_properties(
    campaign: Campaign, drawing: Drawing, district: MapDistrict
) -> dict[str, Any]:
    p = district.progress
    return {
        "name": begin(show_place(p.name)),
        "words": district.words,
        "page": f"/campaigns/{campaign.slug}/districts/{p.layer}/{p.geoid}{keep_language()}",
        "shade": district.shade,
        "letters": district.letters,
        "middle": drawing.locate(drawing.outlines[p.geoid].middle)[0],
    }


def _find_only(campaign: Campaign, rows: Sequence[StateRow]) -> tuple[str, str] | None:
    found = [(row.state.code, row.layer) for row in rows] or [
        (code, layer) for layer in campaign.layers for code in list_states(layer)
    ]
    return found[0] if len({code for code, _ in found}) == 1 else None
