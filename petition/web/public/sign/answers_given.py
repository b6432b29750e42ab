"""The districts that a signer has named, for the page of thanks."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from petition.core.extensions import db
from petition.models import District
from petition.models.campaigns.layers import NAMED
from petition.models.signatures.home import OUTSIDE, list_outside, read_home


@dataclass(frozen=True, slots=True)
class Said:
    """The districts that were named, and the layers in which they live in no district.

    - ``is_all``: these are all layers of the campaign.
    """

    names: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    is_all: bool = False

    def __bool__(self) -> bool:
        return bool(self.names or self.outside)


def read_said(layers: Sequence[str], told: str) -> Said:
    """Return what was named for a campaign's layers; see petition/models/signatures/home.py.

    - A district that is no longer in force is left out, with its layer.
    """
    home = {layer: geoid for layer, geoid in read_home(told).items() if layer in layers}
    found = {layer: _find_name(layer, geoid) for layer, geoid in home.items() if geoid != OUTSIDE}
    names = [name for layer in NAMED if (name := found.get(layer))]
    outside = [layer for layer in list_outside(told) if layer in layers]
    return Said(names, outside, len(names) + len(outside) == len(set(layers)))


def _find_name(layer: str, geoid: str) -> str | None:
    return db.session.scalar(
        select(District.name).where(
            District.in_force, District.layer == layer, District.geoid == geoid
        )
    )
