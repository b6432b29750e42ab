"""FAULT 8: nobody is found more finely than by a cell and ten people, however often one looks.

The attackers are two organizations that work together. They look up to 500 times around one signer,
with every filter, base, account and page that they are allowed, before and after the signing.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, product
from typing import Any

import h3
import pytest
import shapely
import time_machine
from flask.ctx import AppContext
from sqlalchemy import update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Signature
from petition.models.counts.tally import find_area
from petition.participants.cells import count_areas_if_due
from petition.partners.bases.base_list import list_bases
from petition.partners.lookups.near_counts import find_near_count, renew_near_counts
from petition.partners.lookups.near_people import NearPage
from petition.partners.lookups.origins import find_origin
from tests.factories import invent_network, make_base, make_person
from tests.partners.bases.areas import add_district, set_reach
from tests.partners.lookups.near_world import (
    BASE,
    HOME,
    add_campaign,
    add_group,
    add_person,
    look,
    move_base,
)

LOOK_UPS = 500
SOME = 114  # each seventeenth of 1,944 ways, so that every filter comes with every base
ACCOUNTS = ("partner:1", "partner:2", "token:1", "token:2")
# Bases that owners may publish one after another: on a grid finer than a cell, around the signer.
BASES = [
    (BASE[0] + north / 400, BASE[1] + east / 400) for north in range(-4, 5) for east in range(-4, 5)
]
# Cells beside that of the base, in one area.
AROUND = sorted(set(h3.grid_disk(HOME, 2)) & set(h3.cell_to_children(find_area(HOME), 7)))
TODAY = date(2026, 11, 30)
DAYS = (None, TODAY, TODAY - timedelta(days=1))


@dataclass
class Attack:
    """Two organizations, and everything that they were told."""

    campaign_id: int
    groups: tuple[int, ...]
    told: list[tuple[Any, ...]] = field(default_factory=list)

    def run(self, look_ups: int = LOOK_UPS) -> list[tuple[Any, ...]]:
        """Look up so many times; return what each look-up told, in order."""
        self.told, at = [], None
        ways = product(BASES, self.groups, (None, self.campaign_id), DAYS, (False, True))
        step = max(1, len(BASES) * len(self.groups) * 2 * len(DAYS) * 2 // look_ups)
        for number, (base, group, campaign_id, since, words) in zip(count(), ways):
            if number % step:
                continue
            if base != at:
                self.move(base)
                at = base
            self.told.append((group, *self.look(number, group, campaign_id, since, words)))
        assert len(self.told) >= look_ups
        return self.told

    def look(
        self, number: int, group: int, campaign_id: int | None, since: date | None, words: bool
    ) -> tuple[Any, ...]:
        """Look up once; return people, cells and the number of all who signed around."""
        page = look(
            group,
            actor=ACCOUNTS[number % len(ACCOUNTS)],
            campaign_id=campaign_id,
            since=since,
            with_words=words,
        )
        return *read(page), self.read_around(group)

    def move(self, base: tuple[float, float]) -> None:
        for group in self.groups:
            move_base(group, base)

    def read_around(self, group: int) -> Any:
        origin = find_origin(group)
        assert origin is not None
        return find_near_count(origin)


def read(page: NearPage) -> tuple[Any, ...]:
    """Return what a page tells: people in their order, and the cells with their numbers."""
    people = tuple((one.consent_id, one.name, one.locality, one.words) for one in page.people)
    return people, tuple((cell.center, cell.people) for cell in page.cells)


@pytest.fixture
def attack(context: AppContext) -> Attack:
    """Both organizations, with twenty people of theirs around, and sixty who allowed neither."""
    campaign_id = add_campaign(comments="all")
    groups = tuple(add_group(campaign_id, slug) for slug in ("riders", "walkers"))
    for number in range(20):
        add_person(campaign_id, groups[number % 2], cell=AROUND[number % 7], **counted())
    for number in range(60):
        add_person(campaign_id, cell=AROUND[number % 5], **counted())
    return Attack(campaign_id, groups)


def counted() -> dict[str, Any]:
    return {"state": "counted", "due_at": None, "networks": invent_network()}


@pytest.fixture
def clock() -> Any:
    with time_machine.travel("2026-11-30 12:00:00+00:00", tick=False) as travelled:
        yield travelled


def sign(campaign_id: int, *groups: int, cell: str = HOME) -> int:
    return add_person(
        campaign_id,
        *groups,
        cell=cell,
        person=make_person(given_name="Target", locality="Testville", comment="my words"),
        publish_comment=True,
        comment_state="allowed",
        **counted(),
    )


def test_who_allowed_nobody_changes_nothing_that_anyone_is_told(attack: Attack, clock: Any) -> None:
    count_areas_if_due()
    renew_near_counts()
    before = attack.run()

    signature_id = sign(attack.campaign_id)
    clock.shift(timedelta(hours=2))
    count_areas_if_due()
    renew_near_counts()
    after = attack.run()

    assert after == before
    assert signature_id and {row[-1] for row in after} <= {None, (80, TODAY)}


def test_who_allowed_one_is_told_to_it_alone_and_by_the_cell_alone(
    attack: Attack, clock: Any
) -> None:
    count_areas_if_due()
    renew_near_counts()
    before = attack.run(SOME)
    signature_id = sign(attack.campaign_id, attack.groups[0])
    after = attack.run(SOME)

    others = [row for row in after if row[0] == attack.groups[1]]
    assert others == [row for row in before if row[0] == attack.groups[1]]
    assert {row[-1] for row in after} == {row[-1] for row in before}
    home = h3.cell_to_latlng(HOME)
    for old, new in zip(before, after, strict=True):
        gained = set(new[1]) - set(old[1])
        changed = set(new[2]) ^ set(old[2])
        assert {name for _, name, _, _ in gained} <= {"Target E."}
        assert {center for center, _ in changed} <= {home}

    with transaction() as session:
        session.execute(
            update(Signature)
            .where(Signature.id == signature_id)
            .values(state="withdrawn", ended_at=utcnow())
        )
    assert attack.run(SOME) == before


def test_neighbors_of_one_cell_cannot_be_told_apart_by_their_order(
    attack: Attack, clock: Any
) -> None:
    """Whoever shares a cell keeps one order, from wherever one looks."""
    mine = [sign(attack.campaign_id, attack.groups[0]) for _ in range(5)]

    orders = set()
    for row in attack.run(SOME):
        orders.add(tuple(number for number, name, _, _ in row[1] if name == "Target E."))

    assert len(mine) == 5 and orders - {()} == {max(orders)} and len(max(orders)) == 5


def test_snapshots_of_two_days_differ_by_tens_of_an_area(attack: Attack, clock: Any) -> None:
    """Each day one person more signs, in another cell; what the days tell jumps by ten at most."""
    told = []
    for day in range(12):
        clock.move_to(utcnow().replace(hour=12) + timedelta(days=1))
        sign(attack.campaign_id, cell=AROUND[day % 4])
        count_areas_if_due()
        renew_near_counts()
        found = {attack.read_around(group) for group in attack.groups}
        assert len(found) == 1
        told.append(found.pop()[0])

    steps = [after - before for before, after in zip(told, told[1:], strict=False)]
    assert told[0] == 80 and told[-1] == 90
    assert sorted(steps) == [0] * 10 + [10]


class DistrictAttack(Attack):
    """As before, from two bases each, and with every cut of two districts through the cell."""

    cuts: tuple[tuple[str, str], ...] = ()

    def run(self, look_ups: int = LOOK_UPS) -> list[tuple[Any, ...]]:
        self.told = []
        filters = product((None, self.campaign_id), DAYS, (False, True))
        ways = product(self.cuts, range(2), self.groups, range(2), filters)
        every = max(1, len(self.cuts) * 2 * len(self.groups) * 2 * 12 // look_ups)
        at = None
        for number, (cut, side, group, base, (campaign_id, since, words)) in enumerate(ways):
            if number % every:
                continue
            if (cut, side) != at:
                at = cut, side
                set_reach(self.groups[0], [cut[side]])
                set_reach(self.groups[1], [cut[1 - side]])
            page = look(
                group,
                actor=ACCOUNTS[number % len(ACCOUNTS)],
                base_id=find_bases(group)[base],
                campaign_id=campaign_id,
                since=since,
                with_words=words,
            )
            self.told.append((group, *read(page), self.read_around(group)))
        assert len(self.told) >= look_ups
        return self.told


def find_bases(group: int) -> list[int]:
    found = [one.id for one in list_bases(group) if one.is_approved]
    db.session.rollback()
    return found


@pytest.fixture
def district_attack(attack: Attack) -> DistrictAttack:
    """Each organization with two bases, and districts that meet within the signer's cell."""
    found = DistrictAttack(attack.campaign_id, attack.groups)
    north, east = h3.cell_to_latlng(HOME)
    cuts = []
    for number in range(11):
        line = east + (number - 5) / 400
        sides = (
            shapely.box(east - 1, north - 1, line, north + 1),
            shapely.box(line, north - 1, east + 1, north + 1),
        )
        cuts.append(
            tuple(
                add_district(f"{side}{number}", box) for side, box in zip("we", sides, strict=True)
            )
        )
    found.cuts = tuple((west, east) for west, east in cuts)
    with transaction() as session:
        for group in attack.groups:
            make_base(session, group, (BASE[0] + 0.01, BASE[1] - 0.02))
    return found


def test_no_district_and_no_second_base_tells_of_who_allowed_nobody(
    district_attack: DistrictAttack, clock: Any
) -> None:
    before = district_attack.run()

    sign(district_attack.campaign_id)

    assert district_attack.run() == before


def test_no_border_of_districts_divides_the_people_of_a_cell(
    district_attack: DistrictAttack, clock: Any
) -> None:
    """Wherever the border runs, the cell is whole on one side of it."""
    mine = {sign(district_attack.campaign_id, *district_attack.groups) for _ in range(5)}
    home = h3.cell_to_latlng(HOME)

    whole = 0
    for _, people, cells, _ in district_attack.run():
        shown = [name for _, name, _, _ in people if name == "Target E."]
        assert len(shown) in (0, len(mine))
        assert bool(shown) <= any(center == home for center, _ in cells)
        whole += bool(shown)
    assert 0 < whole < LOOK_UPS
