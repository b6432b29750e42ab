"""Find people in two posts, seats with two holders, repeated names, and surplus seats."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from petition.models import Layer
from petition.officials.checks.placed_posts import PlacedPost, PostFinding, make_finding
from petition.officials.district_index import PostDistrict
from petition.officials.post_status import list_holders
from petition.officials.rosters.roster import LEGISLATURE

LEGISLATIVE = (Layer.SLDU, Layer.SLDL)


def find_duplicates(placed: Iterable[PlacedPost], today: date) -> Iterator[PostFinding]:
    """Yield people in two posts, seats with two people, and names that repeat within a division."""
    posts_of: dict[int, list[PlacedPost]] = defaultdict(list)
    names_of: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for one in placed:
        holders = list_holders(one.post, today)
        if len(holders) > 1:
            names = " and ".join(sorted(holder.name for holder in holders))
            yield make_finding("duplicate", one, f"{one.post.title}: {names} hold the same seat")
        for holder in holders:
            posts_of[holder.id].append(one)
            same = names_of[one.area.division_id][holder.name.casefold()]
            same.add(holder.id)
            if len(same) > 1:
                what = f"{holder.name} appears twice among the holders of a seat"
                yield make_finding("duplicate", one, what)
    for official_id, held in posts_of.items():
        if len(held) > 1:
            name = next(o.name for o in list_holders(held[0].post, today) if o.id == official_id)
            titles = " and ".join(one.post.title for one in held)
            yield make_finding("duplicate", held[0], f"{name} holds two posts: {titles}")


def find_surplus(placed: Iterable[PlacedPost]) -> Iterator[PostFinding]:
    """Yield districts with two seats in a chamber in which over three quarters have one."""
    chambers: dict[tuple[str, str], dict[PostDistrict, int]] = defaultdict(Counter)
    for one in placed:
        if one.post.role in LEGISLATURE and one.area.layer in LEGISLATIVE:
            chambers[one.area.state.code, one.post.role][one.area] += 1
    for (_, role), seats in chambers.items():
        more = [area for area, number in seats.items() if number > 1]
        if len(more) * 4 < len(seats):
            for area in more:
                what = f"{seats[area]} seats ({role}), but most districts of the chamber have one"
                yield PostFinding("duplicate", area.layer, f"{area.name}, {area.state.code}", what)
