"""Write a joined roster into posts, officials and terms, and record what it changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from petition.models import Official, Post, PostRole, Term
from petition.models.officials.post import BY_HAND
from petition.officials.rosters.division_join import Seated
from petition.officials.rosters.holders import (
    make_former,
    replace_district_offices,
    replace_offices,
    seat_official,
    update_official,
)
from petition.officials.rosters.roster import (
    CONGRESS,
    LEGISLATURE,
    SINGLE,
    DistrictOffices,
    Entry,
    RosterPerson,
)
from petition.officials.rosters.roster_posts import RosterPosts, find_scopes, make_seated_title
from petition.officials.rosters.seat_assignment import Seat, SeatClaim, assign_seats


@dataclass(slots=True)
class RosterWriter:
    """The state of one import.

    - ``touched``: the posts whose addressee may have changed; ``former``: the terms that ended.
    """

    session: Session
    roster_posts: RosterPosts
    today: date
    partial: bool
    officials: dict[str, Official] = field(default_factory=dict)
    seated: dict[Official, list[Post]] = field(default_factory=lambda: defaultdict(list))
    new: set[Official] = field(default_factory=set)
    updated: set[Official] = field(default_factory=set)
    bodies: set[Post] = field(default_factory=set)
    touched: set[Post] = field(default_factory=set)
    former: list[Term] = field(default_factory=list)

    def store_officials(self, persons: Mapping[str, RosterPerson]) -> None:
        """Store the people of the roster, with their offices; ``persons`` by their source id."""
        self.officials = self._read_officials(persons)
        for source_id, person in persons.items():
            official = self.officials.get(source_id)
            if official is None:
                official = Official(source_id=source_id, name=person.name, offices=[])
                self.session.add(official)
                self.officials[source_id] = official
                self.new.add(official)
            if update_official(official, person):
                self.updated.add(official)

    def store_seats(self, seated: Iterable[Seated]) -> None:
        """Assign everybody in the roster a seat of their division, and every body its post."""
        groups: dict[tuple[str, str, PostRole], list[Seated]] = defaultdict(list)
        for one in seated:
            groups[one.area.division_id, one.area.seat, one.entry.role].append(one)
        for (_, _, role), members in groups.items():
            area = members[0].area
            posts = self.roster_posts.list_seats(area, role)
            places = assign_seats(
                [_describe_seat(post, self.today) for post in posts],
                [_claim(one.entry, self.today) for one in members],
                single=role in SINGLE,
                keep_others=self.partial,
            )
            for place, one in sorted(zip(places, members, strict=True), key=lambda pair: pair[0]):
                self._store_seat(one, place)

    def store_district_offices(self, district_offices: Iterable[DistrictOffices]) -> int:
        """Store the district offices of people from an earlier roster.

        - Returns how many of them are unknown; refuses a roster that has nothing else.
        """
        offices = {one.source_id: one for one in district_offices}
        known = self._read_officials(offices)
        if offices and not known and not self.officials:
            first = next(iter(offices.values()))
            raise first.where.refuse(
                "none of these members of Congress is known",
                "district offices of members that are imported",
                "import legislators-current.yaml first, or in the same command",
            )
        for source_id, official in known.items():
            if replace_district_offices(official, offices[source_id].offices):
                self.updated.add(official)
                self.touched.update(
                    self.session.scalars(select(Post).join(Term).where(Term.official == official))
                )
        return len(offices) - len(known)

    def end_unlisted(self, retained: Collection[str]) -> None:
        """Make people former who are listed for the roster's posts and not in it.

        - A holder entered by hand stays until a public roster names somebody for the seat; so do
          the ``retained``, whose seat is left out.
        """
        for post in self.roster_posts.chambers:
            left = [
                term
                for term in post.terms
                if term.listed and post not in self.seated.get(term.official, ())
            ]
            named = any(term.covers(self.today) for term in post.terms if term not in left)
            for term in left:
                source_id = term.official.source_id
                by_hand = source_id.startswith(BY_HAND) and post not in self.roster_posts.alone
                if named or not (by_hand or source_id in retained):
                    self._end(term)

    def end_other_chambers(self) -> None:
        """End terms of people whom the roster has in another chamber or another seat."""
        for family in (LEGISLATURE, CONGRESS):
            movers = [
                official.id
                for official, posts in self.seated.items()
                if official not in self.new and any(post.role in family for post in posts)
            ]
            terms = self.session.scalars(
                select(Term)
                .join(Post)
                .where(Term.official_id.in_(movers), Term.listed, Post.role.in_(family))
            )
            for term in terms:
                if term.post not in self.seated[term.official]:
                    self._end(term)

    def count_updated(self) -> int:
        """Return how many officials and posts that existed before have changed."""
        posts = self.roster_posts.reworded | (self.touched & self.bodies)
        return len(self.updated - self.new) + len(posts - set(self.roster_posts.added))

    def _store_seat(self, one: Seated, place: int) -> None:
        entry, wording = one.entry, make_seated_title(one)
        posts = self.roster_posts.list_seats(one.area, entry.role)
        if place == len(posts):
            [scope] = find_scopes([one])
            self.roster_posts.add(one.area, scope, wording)
        post = posts[place]
        self.roster_posts.reword(post, wording)
        if entry.person is None:
            self.bodies.add(post)
            if replace_offices(post, entry.offices):
                self.touched.add(post)
            return
        official = self.officials[entry.person.source_id]
        self.seated[official].append(post)
        if seat_official(post, official, entry, self.today):
            self.updated.add(official)
        if entry.role in SINGLE and self.partial:
            self._end_other_holders(post, official)
        if official in self.updated:
            self.touched.add(post)

    def _end_other_holders(self, post: Post, official: Official) -> None:
        """End the terms of other holders of a single seat, once a partial roster names another."""
        if any(term.official is official and term.covers(self.today) for term in post.terms):
            for term in post.terms:
                if term.official is not official and term.listed and term.covers(self.today):
                    self._end(term)

    def _end(self, term: Term) -> None:
        make_former(term, self.today)
        self.former.append(term)
        self.touched.add(term.post)

    def _read_officials(self, source_ids: Iterable[str]) -> dict[str, Official]:
        found = self.session.scalars(
            select(Official)
            .where(Official.source_id.in_(list(source_ids)))
            .options(selectinload(Official.offices))
        )
        return {official.source_id: official for official in found}


def _describe_seat(post: Post, today: date) -> Seat:
    """Describe a seat by its people; a body by its title, which identifies it."""
    if post.is_body:
        return Seat(frozenset({post.title}), frozenset({post.title}))
    listed = [term for term in post.terms if term.listed]
    return Seat(
        frozenset(term.official.source_id for term in listed),
        frozenset(term.official.source_id for term in listed if term.covers(today)),
    )


def _claim(entry: Entry, today: date) -> SeatClaim:
    if entry.person is None:
        return SeatClaim(entry.title or "", current=True)
    return SeatClaim(entry.person.source_id, entry.is_current(today))
