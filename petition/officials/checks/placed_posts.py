"""Posts with the districts that a check finds them in, and what is told of them."""

from dataclasses import dataclass

from petition.models import Post
from petition.officials.district_index import ORDER, STATE_LAYER, Area

LAYERS = (*(layer.value for layer in ORDER), STATE_LAYER)


@dataclass(frozen=True, slots=True)
class Placed:
    """A post in one of its districts."""

    post: Post
    area: Area


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: its kind, where it is, and what it is."""

    kind: str
    layer: str
    district: str
    what: str


def tell(kind: str, one: Placed, what: str) -> Finding:
    """Return a finding about a post."""
    return Finding(kind, one.area.layer, name_area(one.area), what)


def name_area(area: Area) -> str:
    """Return a district with its state."""
    return f"{area.name}, {area.state.code}"
