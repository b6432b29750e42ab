"""What must be asked of a signer before they can be counted: the next question, or none.

- The county, city or town is asked by name: everybody knows it. A finer district is found from the
  street, which tells the other layers too, so it is asked first where one is open.
- Outside every city and town a layer of those has no district: that is an answer too, and the only
  one where none is near.
- Where nobody lives in the ZIP code (the armed forces', one in no district), or a box was given for
  a street, the home is asked: such a signature is promised no count.
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
from petition.models.home import OUTSIDE, list_outside
from petition.models.layers import NAMED, PARTIAL
from petition.postal.zip_counties import find_counties
from petition.postal.zip_places import ZipPlace, load_postal_codes

EXTENSION = "hundredth-asks"
COUNTIES = "hundredth-counties"
KEPT_SECONDS = 15.0  # a crowd signs from few ZIP codes; boundaries seldom change
MOST_KEPT = 5_000

_Key = tuple[tuple[str, ...], str, str, str]  # layers, ZIP, state, home


class Asks(StrEnum):
    """What is asked for."""

    NAME = "name"
    STREET = "street"
    HOME = "home"


class Why(StrEnum):
    """Why the home is asked for."""

    MILITARY = "military"
    BOX = "box"
    NO_DISTRICT = "no-district"


@dataclass(frozen=True, slots=True)
class Choice:
    """A district that the signer may live in; ``name`` has the state where several are meant.

    - Or that they live in none of the layer: ``geoid`` is OUTSIDE, and there is no name.
    """

    layer: str
    geoid: str
    name: str
    state: str

    @property
    def value(self) -> str:
        """What a form sends for it, as petition/models/home.py reads it."""
        return f"{self.layer}:{self.geoid}"


@dataclass(frozen=True, slots=True)
class OpenLayer:
    """A layer that is open, and the districts in question: their names, and what to choose.

    - ``state``: where that is. ``is_loaded``: no boundaries are waited for.
    """

    layer: str
    districts: list[str]
    choices: list[Choice] = field(default_factory=list)
    state: str = ""
    is_loaded: bool = True

    @property
    def is_named(self) -> bool:
        """Whether the signer may say which it is by its name."""
        return self.layer in NAMED and bool(self.answers)

    @property
    def outside(self) -> Choice | None:
        """That they live in none, where the layer leaves parts of a state out; else None."""
        known = self.is_loaded or bool(self.choices)
        return Choice(self.layer, OUTSIDE, "", "") if self.layer in PARTIAL and known else None

    @property
    def answers(self) -> list[Choice]:
        """All that may be chosen."""
        return [*self.choices, self.outside] if self.outside else self.choices


@dataclass(frozen=True, slots=True)
class Ask:
    """The next question.

    - ``layers``: those that are open; of NAME the first is asked about. ``why``: of HOME, and of
      NAME where the ZIP is one of post office boxes.
    """

    kind: Asks
    layers: Sequence[OpenLayer] = ()
    why: Why | None = None

    def find_choice(self, value: str) -> Choice | None:
        """Return what was chosen; None for anything that was not to be chosen."""
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
    """Return what to ask whoever signs from a ZIP; None where nothing is open.

    - ``street``, ``home``, ``region``: what they have given, the state only where it was typed.
      ``boxed``: they gave a box and no street.
    - Raises BoundariesUnavailable while nobody can say.
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
    # A street that can be looked up decides before anything that is chosen.
    if given and (ask.kind == Asks.STREET or get_settings().geocoders != ("zip",)):
        return None
    if place.only_boxes:
        kind = Asks.HOME if ask.kind == Asks.STREET else ask.kind
        return replace(ask, kind=kind, why=Why.BOX)
    return ask


def is_box(street: str) -> bool:
    """Return whether what was given for a street is a box or a route, where mail waits."""
    return part_box(" ".join(street.split()).upper()).wait is not None


def name_open_layers(
    untold: Mapping[str, Sequence[int]], state: str = "", *, is_loaded: bool = True
) -> list[OpenLayer]:
    """Return the layers that are open with their districts, for a person to read and to choose.

    - ``state``: where whoever is asked lives, as far as that is known.
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
    """Return whether the table names one county for a ZIP, and that is in force: most signers'.

    - Looked up in memory: the sign form's address must bear a crowd.
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
    """Return what a ZIP leaves open, looked up at most once in ``KEPT_SECONDS``."""
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
        # Who has said that they live in none has answered.
        answered = near.districts or list_outside(home)
        return None if answered else Ask(Asks.HOME, why=Why.NO_DISTRICT)
    open_layers = name_open_layers(near.untold, state, is_loaded=not near.later)
    if not all(layer.is_named for layer in open_layers):
        return Ask(Asks.STREET, open_layers)
    return Ask(Asks.NAME, sorted(open_layers, key=lambda layer: NAMED.index(layer.layer)))
