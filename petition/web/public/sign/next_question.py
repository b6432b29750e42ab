"""The next question that a signer must answer before they can be counted, if any.

- The county, city or town is asked by name, which signers know. A finer district is found from the
  street, which determines the other layers too, so the street is asked first where one is open.
- Outside every city and town there is no district of those layers: this is an answer too, and the
  only one where none is near.
- Where nobody lives in the ZIP code (a military one, or one in no district), or a PO box was given
  as the street, the home address is asked; no count is promised for such a signature.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from flask import current_app
from sqlalchemy import select

from petition.core.extensions import db, get_settings
from petition.geocoding.po_boxes import part_box
from petition.locating.address_lookup import Near, find_near
from petition.models import District, Layer
from petition.models.campaigns.layers import NAMED, PARTIAL
from petition.models.signatures.home import OUTSIDE, list_outside
from petition.postal.zip_counties import find_counties
from petition.postal.zip_places import ZipPlace, load_postal_codes

EXTENSION = "hundredth-asks"
COUNTIES = "hundredth-counties"
KEPT_SECONDS = 15.0  # many sign from few ZIP codes at once; boundaries rarely change
MOST_KEPT = 5_000

_Key = tuple[tuple[str, ...], str, str, str]  # layers, ZIP, state, home


class Asks(StrEnum):
    """The kind of question."""

    NAME = "name"
    STREET = "street"
    HOME = "home"


class Why(StrEnum):
    """Why the home address is asked for."""

    MILITARY = "military"
    BOX = "box"
    NO_DISTRICT = "no-district"


@dataclass(frozen=True, slots=True)
class Choice:
    """A district that the signer may live in; ``name`` includes the state where there are several.

    - Or that they live in no district of the layer: ``geoid`` is OUTSIDE, and ``name`` is empty.
    """

    layer: str
    geoid: str
    name: str
    state: str

    @property
    def value(self) -> str:
        """Its value in a form, in the format of petition/models/signatures/home.py."""
        return f"{self.layer}:{self.geoid}"


@dataclass(frozen=True, slots=True)
class OpenLayer:
    """An open layer and the districts in question: their names, and the choices.

    - ``state``: the state in question. ``is_loaded``: the boundaries are loaded.
    """

    layer: str
    districts: list[str]
    choices: list[Choice] = field(default_factory=list)
    state: str = ""
    is_loaded: bool = True

    @property
    def is_named(self) -> bool:
        """Whether the signer can choose the district by name."""
        return self.layer in NAMED and bool(self.answers)

    @property
    def outside(self) -> Choice | None:
        """The choice of no district, where the layer does not cover whole states; else None."""
        known = self.is_loaded or bool(self.choices)
        return Choice(self.layer, OUTSIDE, "", "") if self.layer in PARTIAL and known else None

    @property
    def answers(self) -> list[Choice]:
        """All choices."""
        return [*self.choices, self.outside] if self.outside else self.choices


@dataclass(frozen=True, slots=True)
class Ask:
    """The next question.

    - ``layers``: the open ones; a NAME question is about the first. ``why``: set for HOME, and for
      NAME where the ZIP is for PO boxes only.
    """

    kind: Asks
    layers: Sequence[OpenLayer] = ()
    why: Why | None = None

    def find_choice(self, value: str) -> Choice | None:
        """Return the choice with this value; None for a value that was not offered."""
        choices = self.layers[0].answers if self.kind == Asks.NAME else ()
        return next((choice for choice in choices if choice.value == value), None)


def find_ask(
    layers: Sequence[str],
    place: ZipPlace,
    street: str = "",
    home: str = "",
    *,
    region: str = "",
    boxed: bool = False,
) -> Ask | None:
    """Return the next question for a signer of a ZIP; None where nothing is open.

    - ``street``, ``home``, ``region``: what was given, the state only if it was typed.
    - ``boxed``: a PO box was given instead of a street.
    - Raises BoundariesUnavailable while districts cannot be determined.
    """
    given = street.strip()
    if place.is_military:
        return Ask(Asks.HOME, why=Why.MILITARY)
    if boxed or (given and is_box(given)):
        return Ask(Asks.HOME, why=Why.BOX)
    if set(layers) == {Layer.COUNTY} and _is_in_one_county(place):
        return None
    ask = _find_kept((tuple(layers), place.postal_code, region, home))
    if ask is None or ask.kind == Asks.HOME:
        return ask
    # A street that can be geocoded takes precedence over a choice by name.
    if given and (ask.kind == Asks.STREET or get_settings().geocoders != ("zip",)):
        return None
    if place.only_boxes:
        kind = Asks.HOME if ask.kind == Asks.STREET else ask.kind
        return replace(ask, kind=kind, why=Why.BOX)
    return ask


def is_box(street: str) -> bool:
    """Return whether a street is a PO box or a rural route."""
    return part_box(" ".join(street.split()).upper()).wait is not None


def name_open_layers(
    untold: Mapping[str, Sequence[int]], state: str = "", *, is_loaded: bool = True
) -> list[OpenLayer]:
    """Return the open layers with the names of their districts and the choices.

    - ``state``: the state in which the signer lives, if known.
    """
    ids = [district_id for of_layer in untold.values() for district_id in of_layer]
    columns = (District.id, District.geoid, District.name, District.state)
    rows = db.session.execute(select(*columns).where(District.id.in_(ids)))
    found = {row.id: row for row in rows}
    layers = []
    for layer, of_layer in untold.items():
        known = [found[district_id] for district_id in of_layer if district_id in found]
        several = len({row.state for row in known}) > 1
        choices = [
            Choice(layer, row.geoid, f"{row.name}, {row.state}" if several else row.name, row.state)
            for row in known
        ]
        choices.sort(key=lambda choice: (choice.name, choice.geoid))
        names = [choice.name for choice in choices]
        layers.append(OpenLayer(layer, names, choices, state, is_loaded))
    return layers


def _is_in_one_county(place: ZipPlace) -> bool:
    """Return whether the table has one county for a ZIP and that is in force: the usual case.

    - A look-up in memory, since it is done for every signature.
    """
    counties = find_counties(place.postal_code)
    if len(counties) != 1:
        return False
    known: tuple[float, frozenset[str]]
    known = current_app.extensions.get(COUNTIES, (0.0, frozenset()))
    if known[0] < time.monotonic():
        in_force = select(District.geoid).where(District.in_force, District.layer == Layer.COUNTY)
        geoids = frozenset(db.session.scalars(in_force))
        known = current_app.extensions[COUNTIES] = (time.monotonic() + KEPT_SECONDS, geoids)
    return counties[0] in known[1]


def _find_kept(key: _Key) -> Ask | None:
    """Return what a ZIP leaves open, cached for ``KEPT_SECONDS``."""
    kept: dict[_Key, tuple[float, Ask | None]]
    kept = current_app.extensions.setdefault(EXTENSION, {})
    now = time.monotonic()
    found = kept.get(key)
    if found is not None and found[0] > now:
        return found[1]
    layers, code, region, home = key
    place = load_postal_codes()[code]
    ask = _choose(find_near(place, layers, region, home), region or place.state, home)
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = (now + KEPT_SECONDS, ask)
    return ask


def _choose(near: Near, state: str, home: str) -> Ask | None:
    if not near.untold:
        # A signer who has said that they live in no district has answered.
        answered = near.districts or list_outside(home)
        return None if answered else Ask(Asks.HOME, why=Why.NO_DISTRICT)
    open_layers = name_open_layers(near.untold, state, is_loaded=not near.later)
    if not all(layer.is_named for layer in open_layers):
        return Ask(Asks.STREET, open_layers)
    return Ask(Asks.NAME, sorted(open_layers, key=lambda layer: NAMED.index(layer.layer)))
