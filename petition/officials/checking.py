"""Counts the posts of each layer, and finds what a person should look at.

- Only posts of districts that are in force or loaded count, and of states of which one is.
- posts = held + vacant + ended.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from petition.clock import utcnow
from petition.extensions import db
from petition.models import Layer, Official, Post, Term
from petition.officials.ground import ORDER, STATE_LAYER, Area, Ground, read_ground
from petition.officials.roster import LEGISLATURE
from petition.officials.standing import Standing, is_reachable, judge_post, list_holders

LAYERS = (*(layer.value for layer in ORDER), STATE_LAYER)
LEGISLATIVE = (Layer.SLDU, Layer.SLDL)
EXAMPLES = 3


@dataclass(slots=True)
class LayerCount:
    """How the posts of a layer stand; ``unreachable`` are those held that no letter can reach."""

    posts: int = 0
    held: int = 0
    vacant: int = 0
    ended: int = 0
    unreachable: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: its kind, where it is, and what it is."""

    kind: str
    layer: str
    district: str
    what: str


@dataclass(slots=True)
class RosterCheck:
    """What a check found, by layer and in the order of the kinds."""

    counts: dict[str, LayerCount] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Placed:
    post: Post
    area: Area


def check_officials() -> RosterCheck:
    """Return how all posts stand, and what needs a person."""
    session: Session = db.session()
    today = utcnow().date()
    ground = read_ground(session)
    placed = _read_posts(session, ground)
    found = RosterCheck(
        counts=_count(placed, today),
        findings=[
            *_find_standing(placed, today),
            *_find_doubles(placed, today),
            *_find_surplus(placed),
            *_find_without_post(placed, ground),
        ],
    )
    session.rollback()
    return found


def _read_posts(session: Session, ground: Ground) -> list[_Placed]:
    posts = session.scalars(
        select(Post)
        .where(Post.active)
        .options(
            selectinload(Post.offices),
            selectinload(Post.terms).selectinload(Term.official).selectinload(Official.offices),
        )
        .order_by(Post.division_id, Post.key)
    )
    found = (_Placed(post, area) for post in posts if (area := ground.find(post.division_id)))
    return sorted(found, key=lambda one: LAYERS.index(one.area.layer))


def _count(placed: Iterable[_Placed], today: date) -> dict[str, LayerCount]:
    counts: dict[str, LayerCount] = defaultdict(LayerCount)
    for one in placed:
        count, standing = counts[one.area.layer], judge_post(one.post, today)
        count.posts += 1
        count.held += standing is Standing.HELD
        count.vacant += standing is Standing.VACANT
        count.ended += standing is Standing.ENDED
        count.unreachable += standing is Standing.HELD and not is_reachable(one.post, today)
    return dict(counts)


def _find_standing(placed: Iterable[_Placed], today: date) -> Iterator[Finding]:
    kinds: dict[str, list[Finding]] = {"vacant": [], "ended": [], "unreachable": []}
    for one in placed:
        post, standing = one.post, judge_post(one.post, today)
        if standing is Standing.VACANT:
            kinds["vacant"].append(_tell("vacant", one, post.title))
        elif standing is Standing.ENDED:
            last = max(
                (term for term in post.terms if term.listed and term.ends_on),
                key=lambda term: term.ends_on or date.min,
            )
            told = f"{post.title}: the term of {last.official.name} ended on {last.ends_on}"
            kinds["ended"].append(_tell("ended", one, told))
        elif not is_reachable(post, today):
            holder = post.find_holder(today)
            named = f"{holder.name}, {post.title}" if holder and not post.is_body else post.title
            told = f"{named}: no e-mail, no postal address, no fax"
            kinds["unreachable"].append(_tell("unreachable", one, told))
    for findings in kinds.values():
        yield from findings


def _find_doubles(placed: Iterable[_Placed], today: date) -> Iterator[Finding]:
    """Yield people in two posts, seats with two people, and one name twice in a division."""
    posts_of: dict[int, list[_Placed]] = defaultdict(list)
    names_of: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for one in placed:
        holders = list_holders(one.post, today)
        if len(holders) > 1:
            names = " and ".join(sorted(holder.name for holder in holders))
            yield _tell("duplicate", one, f"{one.post.title}: {names} hold one seat")
        for holder in holders:
            posts_of[holder.id].append(one)
            same = names_of[one.area.division_id][holder.name.casefold()]
            same.add(holder.id)
            if len(same) > 1:
                told = f"{holder.name} stands twice among those who hold a seat"
                yield _tell("duplicate", one, told)
    for official_id, held in posts_of.items():
        if len(held) > 1:
            name = next(o.name for o in list_holders(held[0].post, today) if o.id == official_id)
            titles = " and ".join(one.post.title for one in held)
            yield _tell("duplicate", held[0], f"{name} holds two posts: {titles}")


def _find_surplus(placed: Iterable[_Placed]) -> Iterator[Finding]:
    """Yield districts with two seats in a chamber whose other districts have one, nearly all."""
    chambers: dict[tuple[str, str], dict[Area, int]] = defaultdict(Counter)
    for one in placed:
        if one.post.role in LEGISLATURE and one.area.layer in LEGISLATIVE:
            chambers[one.area.state.code, one.post.role][one.area] += 1
    for (_, role), seats in chambers.items():
        more = [area for area, number in seats.items() if number > 1]
        if len(more) * 4 < len(seats):
            for area in more:
                told = f"{seats[area]} seats ({role}), where most districts of the chamber have one"
                yield Finding("duplicate", area.layer, f"{area.name}, {area.state.code}", told)


def _find_without_post(placed: Iterable[_Placed], ground: Ground) -> Iterator[Finding]:
    """Yield one finding for each layer that has districts without a post."""
    having = {one.area.division_id for one in placed}
    for layer in ORDER:
        missing = [
            area
            for area in ground.by_division.values()
            if area.layer == layer and area.division_id not in having
        ]
        if missing:
            names = ", ".join(f"{area.name}, {area.state.code}" for area in missing[:EXAMPLES])
            more = ", ..." if len(missing) > EXAMPLES else ""
            yield Finding("no post", layer.value, f"{len(missing)} districts", names + more)


def _tell(kind: str, one: _Placed, what: str) -> Finding:
    return Finding(kind, one.area.layer, f"{one.area.name}, {one.area.state.code}", what)
