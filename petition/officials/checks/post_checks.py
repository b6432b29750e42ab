"""Count the posts of each layer, and list the findings that need review.

- Only posts in districts that are in force or loaded count, and of states with such a district; for
  one campaign the posts that it writes to, in its layers, in districts in force.
- posts = held + vacant + ended.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import Post
from petition.models.officials.post import load_addressing
from petition.officials.checks.campaign_districts import read_campaign_districts
from petition.officials.checks.check_report import LayerCount, RosterCheck, Unreached
from petition.officials.checks.duplicates import find_duplicates, find_surplus
from petition.officials.checks.placed_posts import (
    LAYERS,
    PlacedPost,
    PostFinding,
    make_finding,
    name_area,
)
from petition.officials.corrections.roster_comparison import (
    Agreement,
    Compared,
    compare_corrections,
)
from petition.officials.district_index import DistrictIndex, PostDistrict, read_district_index
from petition.officials.post_status import ObstacleReason, find_reason, list_contacts

EXAMPLES = 3


def check_officials(*, needs_email: bool = True, campaign: str | None = None) -> RosterCheck:
    """Return the counts of posts and the findings; raises NotFound for an unknown campaign.

    - ``needs_email``: the channel of the letters needs an e-mail address.
    - ``campaign``: a slug, for the posts that it writes to; None: all.
    """
    session: Session = db.session()
    today = utcnow().date()
    if campaign is None:
        index = read_district_index(session)
        areas, empty = list(index.by_division.values()), []
        placed = _read_posts(session, lambda post: _find_area(index, post))
    else:
        campaign_districts = read_campaign_districts(session, campaign)
        areas = [area for layers in campaign_districts.areas.values() for area in layers]
        empty = list(campaign_districts.empty)
        placed = _read_posts(
            session, lambda post: campaign_districts.list_areas(post.division_id, post.role)
        )
    unreached = list(_list_unreached(placed, today, needs_email))
    missing = _list_without_post(placed, areas)
    corrections = compare_corrections(session, today, {one.post.id for one in placed})
    duplicates = [] if campaign else [*find_duplicates(placed, today), *find_surplus(placed)]
    found = RosterCheck(
        campaign=campaign,
        empty=empty,
        counts=_count(placed, unreached, missing),
        findings=[
            *_find_unreached(placed, today, unreached),
            *duplicates,
            *_find_without_post(missing),
            *_find_corrected(corrections, placed),
        ],
        unreached=[obstacle for _, obstacle in unreached],
        corrections=corrections,
    )
    session.rollback()
    return found


def _find_area(index: DistrictIndex, post: Post) -> list[PostDistrict]:
    area = index.find(post.division_id)
    return [area] if area else []


def _read_posts(session: Session, place: Callable[[Post], list[PostDistrict]]) -> list[PlacedPost]:
    posts = session.scalars(
        select(Post)
        .where(Post.active)
        .options(*load_addressing())
        .order_by(Post.division_id, Post.key)
    )
    found = (PlacedPost(post, area) for post in posts for area in place(post))
    return sorted(found, key=lambda one: LAYERS.index(one.area.layer))


def _list_unreached(
    placed: Iterable[PlacedPost], today: date, needs_email: bool
) -> Iterator[tuple[PlacedPost, Unreached]]:
    for one in placed:
        reason = find_reason(one.post, today, needs_email)
        if reason is not None:
            holder = None if one.post.is_body else one.post.find_holder(today)
            yield (
                one,
                Unreached(
                    post_id=one.post.id,
                    post=one.post.title,
                    layer=one.area.layer,
                    district=name_area(one.area),
                    holder=holder.name if holder else None,
                    reason=reason,
                ),
            )


def _list_without_post(
    placed: Iterable[PlacedPost], areas: Iterable[PostDistrict]
) -> dict[str, list[PostDistrict]]:
    """Return the districts without a post, by layer."""
    having = {(one.area.division_id, one.area.layer) for one in placed}
    missing: dict[str, list[PostDistrict]] = defaultdict(list)
    for area in areas:
        if (area.division_id, area.layer) not in having:
            missing[area.layer].append(area)
    return missing


def _count(
    placed: Iterable[PlacedPost],
    unreached: Iterable[tuple[PlacedPost, Unreached]],
    missing: Mapping[str, Sequence[PostDistrict]],
) -> dict[str, LayerCount]:
    counts: dict[str, LayerCount] = defaultdict(LayerCount)
    for one in placed:
        counts[one.area.layer].posts += 1
    for _, obstacle in unreached:
        count = counts[obstacle.layer]
        count.vacant += obstacle.reason is ObstacleReason.VACANT
        count.ended += obstacle.reason is ObstacleReason.ENDED
        count.web_form += obstacle.reason is ObstacleReason.WEB_FORM
        count.paper += obstacle.reason is ObstacleReason.PAPER
        count.no_address += obstacle.reason is ObstacleReason.NO_ADDRESS
    for layer, areas in missing.items():
        counts[layer].without_post = len(areas)
    for count in counts.values():
        count.held = count.posts - count.vacant - count.ended
        count.unreachable = count.web_form + count.paper + count.no_address
    return dict(sorted(counts.items(), key=lambda pair: LAYERS.index(pair[0])))


def _find_unreached(
    placed: Iterable[PlacedPost], today: date, unreached: Iterable[tuple[PlacedPost, Unreached]]
) -> Iterator[PostFinding]:
    kinds: dict[str, list[PostFinding]] = {"vacant": [], "ended": [], "unreachable": []}
    for one, obstacle in unreached:
        post = one.post
        if obstacle.reason is ObstacleReason.VACANT:
            kinds["vacant"].append(make_finding("vacant", one, post.title))
        elif obstacle.reason is ObstacleReason.ENDED:
            last = max(
                (term for term in post.terms if term.listed and term.ends_on),
                key=lambda term: term.ends_on or date.min,
            )
            what = f"{post.title}: the term of {last.official.name} ended on {last.ends_on}"
            kinds["ended"].append(make_finding("ended", one, what))
        else:
            named = f"{obstacle.holder}, {post.title}" if obstacle.holder else post.title
            what = f"{named} (number {post.id}): {list_contacts(post, today).describe()}"
            kinds["unreachable"].append(make_finding("unreachable", one, what))
    for findings in kinds.values():
        yield from findings


def _find_without_post(missing: Mapping[str, Sequence[PostDistrict]]) -> Iterator[PostFinding]:
    """Yield one finding for each layer that has districts without a post."""
    for layer in LAYERS:
        areas = missing.get(layer, ())
        if areas:
            names = ", ".join(name_area(area) for area in areas[:EXAMPLES])
            more = ", ..." if len(areas) > EXAMPLES else ""
            yield PostFinding("no post", layer, f"{len(areas)} districts", names + more)


def _find_corrected(
    corrections: Iterable[Compared], placed: Iterable[PlacedPost]
) -> Iterator[PostFinding]:
    """Yield a finding for each correction that the rosters contradict anew or that is unused."""
    places = {one.post.id: one for one in placed}
    for one in corrections:
        if one.agreement is not Agreement.STANDS:
            yield make_finding(f"corrected: {one.agreement}", places[one.post_id], one.describe())
