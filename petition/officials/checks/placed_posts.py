"""Posts with the districts in which a check finds them, and the findings about them."""

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
    """A finding: its kind, its layer and district, and a description."""

    kind: str
    layer: str
    district: str
    what: str


def make_finding(kind: str, one: PlacedPost, what: str) -> PostFinding:
    """Return a finding about a post."""
    return PostFinding(kind, one.area.layer, name_area(one.area), what)


def name_area(area: PostDistrict) -> str:
    """Return a district's name with its state."""
    return f"{area.name}, {area.state.code}"
