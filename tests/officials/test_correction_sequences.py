"""Any sequence of rosters and corrections: what counts, and what the rosters' word is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from flask.ctx import AppContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import CorrectionField, Post
from petition.officials.corrections.corrections import correct, withdraw
from petition.officials.corrections.corrector import Wish
from petition.officials.corrections.roster_comparison import compare_corrections, read_roster_value
from tests.officials.world import describe_mayor, import_files, lay_districts, write_yaml

PERSONS = (1, 2, 3)
EMAILS = ("a@city.example", "b@city.example")
persons, emails = st.sampled_from(PERSONS), st.sampled_from(EMAILS)
# A roster with a holder or nobody, an address or none; a holder or nobody by hand; an address of
# the holder, or of the post; all of one kind taken back.
steps = st.lists(
    st.one_of(
        st.tuples(st.just("roster"), st.none() | persons, st.none() | emails),
        st.tuples(st.just("holder"), st.none() | persons),
        st.tuples(st.just("email"), st.none() | emails),
        st.tuples(st.just("own"), st.none() | emails),
        st.tuples(st.just("back"), st.sampled_from(list(CorrectionField))),
    ),
    min_size=3,
    max_size=12,
)
EXAMPLES = 12
# More than examples: hypothesis tries a failing one again and again.
PLACES = 300


@dataclass
class Expected:
    """What should count, told without the code that is tested; persons by their numbers."""

    listed: int | None = None
    known: dict[int, str | None] = field(default_factory=dict)
    by_hand: list[int | None] = field(default_factory=list)
    theirs: dict[int, str | None] = field(default_factory=dict)
    own: list[str | None] = field(default_factory=list)

    @property
    def holder(self) -> int | None:
        return self.by_hand[0] if self.by_hand else self.listed

    @property
    def email(self) -> str | None:
        holder = self.holder
        if holder is None:
            return None
        if holder in self.theirs:
            return self.theirs[holder]
        return self.own[0] if self.own else self.known.get(holder)

    def take_back(self, which: CorrectionField) -> None:
        if which == CorrectionField.HOLDER:
            self.by_hand = []
        elif which == CorrectionField.EMAIL:
            self.theirs, self.own = {}, []


class Seat:
    """A mayor's seat that rosters and corrections come to."""

    def __init__(self, folder: Path, number: int) -> None:
        self.place = f"place{number}"
        self.other = f"other{number}"
        self.first = 100 * number
        self.folder = folder
        self.take_roster(1, None)
        self.post_id = db.session.scalars(
            select(Post.id).where(Post.division_id.endswith(f"place:{self.place}"))
        ).one()
        self.expected = Expected(listed=1, known={1: None})

    def name(self, person: int | None) -> str | None:
        return None if person is None else f"Ada B. Example{self.first + person}"

    def take_roster(self, person: int | None, email: str | None) -> None:
        mayors = [describe_mayor(self.first + 99, self.other)]
        if person is not None:
            mayor = describe_mayor(self.first + person, self.place)
            mayors.append(mayor | {"email": email or ""})
        path = write_yaml(self.folder / "mayors.yml", *mayors)
        import_files(path, complete=True)

    def put(self, which: CorrectionField, value: str | None, for_post: bool = False) -> None:
        wish = Wish(self.post_id, {which: value}, "why", "test", for_post=for_post)
        correct([wish], made_by="ada")

    def take(self, step: tuple) -> None:  # type: ignore[type-arg]
        expected = self.expected
        if step[0] == "roster":
            self.take_roster(step[1], step[2])
            expected.listed = step[1]
            if step[1] is not None:
                expected.known[step[1]] = step[2]
        elif step[0] == "holder":
            self.put(CorrectionField.HOLDER, self.name(step[1]))
            expected.by_hand = [step[1]]
        elif step[0] == "own":
            self.put(CorrectionField.EMAIL, step[1], for_post=True)
            expected.own = [step[1]]
        elif step[0] == "email" and expected.holder is not None:
            self.put(CorrectionField.EMAIL, step[1])
            expected.theirs[expected.holder] = step[1]
        elif step[0] == "back":
            self.take_back(step[1])

    def take_back(self, *fields: CorrectionField) -> None:
        standing = compare_corrections(db.session(), utcnow().date(), {self.post_id})
        ids = [one.id for one in standing if one.field in fields]
        withdraw(ids, because="why", withdrawn_by="ada")
        for which in fields:
            self.expected.take_back(which)

    def check(self) -> None:
        db.session.remove()
        today = utcnow().date()
        post = db.session.get_one(Post, self.post_id)
        addressee = post.address(today)
        expected = self.expected
        assert (addressee.name if addressee else None) == self.name(expected.holder)
        assert (addressee.email if addressee else None) == expected.email
        listed = read_roster_value(post, CorrectionField.HOLDER, None, today)
        assert listed == self.name(expected.listed)
        if expected.listed is not None:
            holder = post.find_listed_holder(today)
            assert post.find_listed_email(holder) == expected.known[expected.listed]


@pytest.fixture
def numbers(context: AppContext) -> Iterator[int]:
    """A number for each example, and two places of it."""
    places = [f"{kind}{number}" for number in range(PLACES) for kind in ("place", "other")]
    lay_districts("cousub", {place: place.title() for place in places}, kind="place")
    return count()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps)
def test_a_correction_counts_until_it_is_taken_back_and_the_roster_keeps_its_word(
    numbers: Iterator[int],
    tmp_path: Path,
    taken: list[tuple],  # type: ignore[type-arg]
) -> None:
    seat = Seat(tmp_path, next(numbers))

    for step in taken:
        seat.take(step)
        seat.check()

    seat.take_back(*CorrectionField)
    seat.check()
