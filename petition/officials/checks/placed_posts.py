"""Posts with the districts that a check finds them in, and what is told of them."""

from dataclasses import dataclass

from petition.models import Post
from petition.officials.district_index import ORDER, STATE_LAYER, PostDistrict

LAYERS = (*(layer.value for layer in ORDER), STATE_LAYER)


@dataclass(frozen=True, slots=True)
class PlacedPost:
    """A post in one of its districts."""

    post: Post
    area: PostDistrict


@dataclass(frozen=True, slots=True)
class PostFinding:
    """Something to look at: its kind, where it is, and what it is."""

    kind: str
    layer: str
    district: str
    what: str


def tell(kind: str, one: PlacedPost, what: str) -> PostFinding:
    """Return a finding about a post."""
    return PostFinding(kind, one.area.layer, name_area(one.area), what)


def name_area(area: PostDistrict) -> str:
    """Return a district with its state."""
    return f"{area.name}, {area.state.code}"
