"""The list of posts for staff: a page at a time, by state, division and seat."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, tuple_

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import BoundarySet, BoundaryState, District, Post
from petition.models.officials.post import fold_name, load_addressing
from petition.officials.directory.post_filters import UNREACHABLE, PostFilters, list_conditions
from petition.officials.district_index import ORDER, STATE_LAYER
from petition.officials.post_status import ObstacleReason, find_reason
from petition.postal.us_states import BY_DIVISION

PAGE_POSTS = 50
# Posts that are read for a page whose filter has to be judged post by post.
MOST_READ = 400


@dataclass(frozen=True, slots=True)
class PostRow:
    """A line of the list.

    - ``district`` is its name and state; ``layers`` those it is a district of.
    - ``holder`` None: a body, or nobody. ``reason``: why letters to it cannot be sent now.
    - ``source``: what was read last about it; ``checked_on`` the day of that.
    - ``corrected``: whether something of it is by hand.
    """

    id: int
    title: str
    is_body: bool
    district: str
    layers: tuple[str, ...]
    holder: str | None
    email: str | None
    reason: ObstacleReason | None
    source: str
    checked_on: date | None
    corrected: bool


@dataclass(frozen=True, slots=True)
class PostPage:
    """Some posts; ``last`` is the id after which the next page begins, None for the last page."""

    rows: list[PostRow]
    last: int | None


def list_posts(
    filters: PostFilters, after: int | None, needs_email: bool, size: int = PAGE_POSTS
) -> PostPage:
    """Return a page of the active posts that match, in the order of their divisions and seats.

    - ``after``: the id of the last post of the page before; an unknown one begins at the start.
    - ``needs_email``: the channel of the letters needs an e-mail address.
    - A page may have fewer lines than ``size``, or none, while there is a next one.
    """
    today = utcnow().date()
    conditions = list_conditions(filters, today, needs_email)
    found: list[Post] = []
    read = 0
    while len(found) < size and read < MOST_READ:
        ids = _list_ids(conditions, after, size + 1)
        posts = _read_posts(ids[:size])
        for number, post in enumerate(posts):
            if not _is_meant(post, filters, today, needs_email):
                continue
            found.append(post)
            if len(found) == size:
                is_end = number + 1 == len(posts) and len(ids) <= size
                return _make_page(found, None if is_end else post.id, today, needs_email)
        read += len(posts)
        if len(ids) <= size:
            return _make_page(found, None, today, needs_email)
        after = ids[size - 1]
    return _make_page(found, after, today, needs_email)


def name_districts(division_ids: Collection[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the name with its state, and the layers, of divisions that are loaded."""
    rows = db.session.execute(
        select(District.division_id, District.layer, District.name, District.state)
        .join(BoundarySet, BoundarySet.id == District.boundary_set_id)
        .where(
            District.division_id.in_(division_ids),
            District.layer.in_(ORDER),
            BoundarySet.state.in_((BoundaryState.ACTIVE, BoundaryState.LOADED)),
        )
        .order_by(BoundarySet.state, District.id)
    ).all()
    found: dict[str, tuple[str, tuple[str, ...]]] = {
        one: (BY_DIVISION[one].name, (STATE_LAYER,)) for one in division_ids if one in BY_DIVISION
    }
    for row in sorted(rows, key=lambda row: [layer.value for layer in ORDER].index(row.layer)):
        name, layers = found.get(row.division_id, (f"{row.name}, {row.state}", ()))
        found[row.division_id] = (name, tuple(dict.fromkeys((*layers, row.layer))))
    return found


def _list_ids(conditions: Iterable, after: int | None, size: int) -> list[int]:  # type: ignore[type-arg]
    query = select(Post.id).where(*conditions).order_by(Post.division_id, Post.key).limit(size)
    if after is not None:
        place = db.session.execute(
            select(Post.division_id, Post.key).where(Post.id == after)
        ).one_or_none()
        if place is not None:
            query = query.where(
                tuple_(Post.division_id, Post.key) > tuple_(place.division_id, place.key)
            )
    return list(db.session.scalars(query))


def _read_posts(ids: Collection[int]) -> list[Post]:
    posts = db.session.scalars(
        select(Post).where(Post.id.in_(ids)).options(*load_addressing())
    ).all()
    order = {post_id: number for number, post_id in enumerate(ids)}
    return sorted(posts, key=lambda post: order[post.id])


def _is_meant(post: Post, filters: PostFilters, today: date, needs_email: bool) -> bool:
    if filters.holder:
        holder = None if post.is_body else post.find_holder(today)
        if holder is None or fold_name(filters.holder) not in fold_name(holder.name):
            return False
    return filters.need != UNREACHABLE or find_reason(post, today, needs_email) is not None


def _make_page(posts: list[Post], last: int | None, today: date, needs_email: bool) -> PostPage:
    names = name_districts({post.division_id for post in posts})
    return PostPage([_describe(post, names, today, needs_email) for post in posts], last)


def _describe(
    post: Post, names: dict[str, tuple[str, tuple[str, ...]]], today: date, needs_email: bool
) -> PostRow:
    district, layers = names.get(post.division_id, (post.division_id, ()))
    holder = None if post.is_body else post.find_holder(today)
    addressee = post.address(today)
    by_hand = [one for one in post.corrections if one.counts(today)]
    source, checked_on = post.source, post.checked_on
    if by_hand:
        source, checked_on = by_hand[-1].because, by_hand[-1].made_at.date()
    return PostRow(
        id=post.id,
        title=post.title,
        is_body=post.is_body,
        district=district,
        layers=layers,
        holder=holder.name if holder else None,
        email=addressee.email if addressee else None,
        reason=find_reason(post, today, needs_email),
        source=source,
        checked_on=checked_on,
        corrected=bool(by_hand),
    )
