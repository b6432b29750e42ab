"""FAULT 8 by the API: two organizations and all of their tokens find nobody more finely by it.

The attack is that of tests/partners/lookups, with requests in place of look-ups: every filter, base
and token, as many as the caps of look-ups allow in a day.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import h3
import pytest
import time_machine
from flask import Flask

from petition.participants.cells import count_areas_if_due
from petition.partners.lookups.near_counts import renew_near_counts
from petition.partners.tokens.token_store import create_token
from tests.partners.lookups.near_world import HOME, add_campaign, add_group, add_person
from tests.partners.lookups.test_triangulation import AROUND, Attack, counted, sign
from tests.web.api.world import call

SLUG = "square"
TOKENS = 4  # of each organization: together more than it may look up
LOOK_UPS = 114  # of 1,944 ways each seventeenth, so that every filter comes with every base


@dataclass
class ApiAttack(Attack):
    """The attack by programs; ``refused``: requests that the caps stopped."""

    app: Flask | None = None
    tokens: dict[int, list[str]] = field(default_factory=dict)
    refused: int = 0

    def look(
        self, number: int, group: int, campaign_id: int | None, since: date | None, words: bool
    ) -> tuple[Any, ...]:
        assert self.app is not None
        asked = f"comment={str(words).lower()}"
        asked += f"&campaign={SLUG}" if campaign_id else ""
        asked += f"&since={since}" if since else ""
        # Each in turn: what asks is not tied to what is asked.
        token = self.tokens[group][0]
        self.tokens[group].append(self.tokens[group].pop(0))
        answer = call(self.app, f"/people/near?{asked}", token)
        if answer.status_code == 429:
            self.refused += 1
            return (), (), None
        assert answer.status_code == 200, answer.text
        people = tuple(
            (one["identifiers"][0], one["name"], one["locality"], one["comment"])
            for one in answer.json["items"]
        )
        cells = tuple(
            ((cell["latitude"], cell["longitude"]), cell["people"]) for cell in answer.json["cells"]
        )
        around = answer.json["around"]
        return people, cells, around and (around["people"], around["day"])


@pytest.fixture
def attack(app: Flask) -> Any:
    """Both organizations, with twenty people of theirs around, and sixty who allowed neither."""
    with (
        time_machine.travel("2026-11-30 12:00:00+00:00", tick=False) as clock,
        app.app_context(),
    ):
        campaign_id = add_campaign(slug=SLUG, comments="all")
        groups = tuple(add_group(campaign_id, slug) for slug in ("riders", "walkers"))
        for number in range(20):
            add_person(campaign_id, groups[number % 2], cell=AROUND[number % 7], **counted())
        for number in range(60):
            add_person(campaign_id, cell=AROUND[number % 5], **counted())
        count_areas_if_due()
        renew_near_counts()
        tokens = {
            group: [
                create_token(group, "Ours", ("people:read",), actor="test").secret
                for _ in range(TOKENS)
            ]
            for group in groups
        }
        yield ApiAttack(campaign_id, groups, app=app, tokens=tokens), clock


def test_who_allowed_nobody_changes_nothing_that_a_program_is_told(attack: Any) -> None:
    made, clock = attack
    before = made.run(LOOK_UPS)
    sign(made.campaign_id)
    clock.shift(timedelta(hours=2))
    count_areas_if_due()
    renew_near_counts()

    after = made.run(LOOK_UPS)

    assert after == before and made.refused == 0
    assert {row[-1] for row in after} <= {None, (80, "2026-11-30")}


def test_who_allowed_one_is_told_to_it_alone_and_by_the_cell_alone(attack: Any) -> None:
    made, clock = attack
    before = made.run(LOOK_UPS)
    sign(made.campaign_id, made.groups[0])
    clock.shift(timedelta(hours=2))

    after = made.run(LOOK_UPS)

    others = [row for row in after if row[0] == made.groups[1]]
    assert others == [row for row in before if row[0] == made.groups[1]]
    home = h3.cell_to_latlng(HOME)
    for old, new in zip(before, after, strict=True):
        assert {name for _, name, _, _ in set(new[1]) - set(old[1])} <= {"Target E."}
        assert {center for center, _ in set(new[2]) ^ set(old[2])} <= {home}
    assert made.refused == 0


def test_no_more_than_the_caps_of_look_ups_are_answered(attack: Any) -> None:
    made, _ = attack

    made.run(2 * 300)

    answered = len(made.told) - made.refused
    # Hits are taken from the count some at a time, and a few of them may go unused.
    assert 2 * 150 <= answered <= 2 * 180
