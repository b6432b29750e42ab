"""The posts that a roster covers, by division and role, in the order of their seats.

- A state's roster covers every district of its chambers, so that a vacant seat has a post too; the
  CSV for bodies covers the divisions in it.
- Seats that a whole state elects are distinguished by their key: ``lower-penobscot-1``.
- A post is never deleted.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from petition.models import Post, PostRole
from petition.models.officials.post import load_addressing
from petition.officials.district_index import DistrictIndex, PostDistrict
from petition.officials.rosters.division_join import Seated
from petition.officials.rosters.label_matching import find_letter
from petition.officials.rosters.roster import BODIES, CONGRESS, LAYERS
from petition.officials.rosters.titles import SeatTitle, make_seat_title
from petition.postal.us_states import BY_DIVISION

# Constitution of the United States, article I, section 3: two from each state.
SENATORS = 2
# Divisions of a manual file whose posts are read by one query.
DIVISIONS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Scope:
    """What a roster covers: one role in a state, or in one division where ``alone``."""

    role: PostRole
    division_id: str
    alone: bool

    @property
    def chamber(self) -> str:
        """The chamber in which lost seats are counted; Congress counts as one."""
        state = BY_DIVISION.get(self.division_id)
        place = state.name if state else self.division_id
        return "Congress" if self.role in CONGRESS else f"{place} ({self.role.value})"


@dataclass(slots=True)
class RosterPosts:
    """The stored posts, and those that the import adds.

    - ``alone``: posts covered by a manual file; ``chambers``: the chamber of each post.
    """

    session: Session
    index: DistrictIndex
    seats: dict[tuple[str, str], list[Post]] = field(default_factory=lambda: defaultdict(list))
    chambers: dict[Post, str] = field(default_factory=dict)
    alone: set[Post] = field(default_factory=set)
    added: list[Post] = field(default_factory=list)
    reworded: set[Post] = field(default_factory=set)

    def open(self, scopes: Iterable[Scope], letters: Mapping[tuple[str, str], int]) -> None:
        """Read the posts of the scopes, and add those that every one of their districts has.

        - ``letters``: the seats of a district, in chambers whose seats are distinguished by
          letters.
        """
        wanted = list(scopes)
        alone = self._read_alone([scope for scope in wanted if scope.alone])
        for scope in wanted:
            for post in alone[scope] if scope.alone else self._read(scope):
                self._register(post, scope)
            for area, at_least in self._list_areas(scope):
                wording = make_seat_title(scope.role, area.state, area.division_id, area.name)
                for post in self.list_seats(area, scope.role):
                    self.reword(post, wording)
                seats = max(at_least, letters.get((area.state.code, scope.role), 0))
                for _ in range(seats - len(self.list_seats(area, scope.role))):
                    self.add(area, scope, wording)

    def list_seats(self, area: PostDistrict, role: PostRole) -> list[Post]:
        """Return a division's posts of a role, in the order of their seats."""
        return self.seats[area.division_id, _key_stem(role, area.seat)]

    def add(self, area: PostDistrict, scope: Scope, wording: SeatTitle) -> None:
        """Add the next seat of a division."""
        post = Post(
            division_id=area.division_id,
            key=f"{_key_stem(scope.role, area.seat)}-{len(self.list_seats(area, scope.role)) + 1}",
            role=scope.role,
            title=wording.title,
            salutation=wording.salutation,
            is_body=scope.role in BODIES,
            active=True,
            offices=[],
            terms=[],
            corrections=[],
        )
        self.session.add(post)
        self._register(post, scope)
        self.added.append(post)

    def reword(self, post: Post, wording: SeatTitle) -> None:
        """Update the title and salutation of a stored post."""
        if (post.title, post.salutation) != (wording.title, wording.salutation):
            post.title, post.salutation = wording.title, wording.salutation
            self.reworded.add(post)

    def _register(self, post: Post, scope: Scope) -> None:
        if scope.alone:
            self.alone.add(post)
        if post not in self.chambers:
            self.seats[post.division_id, _read_key_stem(post, scope.role)].append(post)
            self.chambers[post] = scope.chamber

    def _read(self, scope: Scope) -> list[Post]:
        within = Post.division_id == scope.division_id
        if not scope.alone:
            below = Post.division_id.startswith(f"{scope.division_id}/", autoescape=True)
            within = or_(within, below)
        posts = self.session.scalars(
            select(Post).where(and_(within, Post.role == scope.role)).options(*load_addressing())
        )
        return sorted(posts, key=_sort_key)

    def _read_alone(self, scopes: Sequence[Scope]) -> Mapping[Scope, list[Post]]:
        """Return the posts of scopes of one division each, by few queries for many divisions."""
        found: dict[Scope, list[Post]] = defaultdict(list)
        divisions = list(dict.fromkeys(scope.division_id for scope in scopes))
        roles = {scope.role for scope in scopes}
        for begin in range(0, len(divisions), DIVISIONS_AT_ONCE):
            some = divisions[begin : begin + DIVISIONS_AT_ONCE]
            posts = self.session.scalars(
                select(Post)
                .where(Post.division_id.in_(some), Post.role.in_(roles))
                .options(*load_addressing())
            )
            for post in sorted(posts, key=_sort_key):
                found[Scope(PostRole(post.role), post.division_id, alone=True)].append(post)
        return found

    def _list_areas(self, scope: Scope) -> Iterator[tuple[PostDistrict, int]]:
        """Yield the districts that have a post even if the roster lacks them, and how many."""
        state = BY_DIVISION[scope.division_id] if not scope.alone else None
        if state is None:
            return
        if scope.role == PostRole.US_SENATOR:
            area = self.index.find(scope.division_id)
            if area is not None:
                yield area, SENATORS
        elif scope.role in LAYERS:
            for area in self.index.list_districts(LAYERS[scope.role], state).values():
                yield area, 1


def find_scopes(seated: Iterable[Seated]) -> list[Scope]:
    """Return what a roster covers, in the order of the roster."""
    scopes: dict[Scope, None] = {}
    for one in seated:
        entry, area = one.entry, one.area
        division = area.division_id if entry.alone else area.state.division_id
        scopes[Scope(entry.role, division, entry.alone)] = None
    return list(scopes)


def count_letters(seated: Iterable[Seated]) -> dict[tuple[str, str], int]:
    """Return how many letters distinguish the seats of a district, by state and role.

    - Only of chambers in which all seats have one, so that a vacant seat A has a post as well.
    """
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in seated:
        if not one.area.seat:
            letter = find_letter(one.entry.area.label, one.area)
            found[one.area.state.code, one.entry.role].add(letter)
    return {chamber: len(letters) for chamber, letters in found.items() if "" not in letters}


def make_seated_title(seated: Seated) -> SeatTitle:
    """Return a post's title and salutation from the roster, else from its role."""
    entry, area = seated.entry, seated.area
    usual = make_seat_title(entry.role, area.state, area.division_id, area.name)
    return SeatTitle(entry.title or usual.title, entry.salutation or usual.salutation)


def _key_stem(role: PostRole, seat: str) -> str:
    """Return the first part of a post's key."""
    return f"{role.value}-{seat}" if seat else role.value


def _read_key_stem(post: Post, role: PostRole) -> str:
    found = re.fullmatch(r"[a-z_]+-(.+)-\d+", post.key)
    return _key_stem(role, found[1] if found else "")


def _sort_key(post: Post) -> tuple[int, int]:
    number = post.key.rpartition("-")[2]
    return (int(number) if number.isdecimal() else 0, post.id)
