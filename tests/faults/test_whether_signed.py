"""FAULT 26: whatever a stranger does, in whatever order, with whosever address: all looks alike."""

import random
import re
from collections.abc import Callable

import pytest
from flask import Flask

from petition.geocoding.chain import REGISTRY
from tests.ground import SLUG, fill_form
from tests.security.signing_roads import STATES, Seen, Stranger, add_signed
from tests.security.test_oracles import COUNTY, OFF, STREET
from tests.web.county_world import SEVERAL, lay_counties
from tests.web.street_world import Streets, Town, lay_town

FIRST, EACH = 100, 4  # all numbers of people have three digits, so that their forms are of a length
# What the workers do with these, a stranger's answers do not meet (test_oracles.py).
STILL = ("pending", "unproved", "in review", "withdrawn")
TYPED: list[dict[str, str]] = [
    {},
    {"subject": "a robot"},
    {"show_name": "1", "notify": "1", "comment": "Please"},
    {"comment": "www.evil.example"},
    {"postal_code": "0000"},
]
Laid = tuple[Callable[[Flask], Town], dict[str, str], dict[str, str]]
WORLDS: dict[str, Laid] = {
    f"{name}, {'confirms' if confirms else 'does not'}": (
        lambda app, lay=lay, confirms=confirms: lay(app, confirm_email=confirms, guards=OFF),
        answer,
        typed,
    )
    for name, lay, answer, typed in (
        ("street", lay_town, STREET, {}),
        ("county", lay_counties, COUNTY, {"postal_code": SEVERAL}),
    )
    for confirms in (True, False)
}


@pytest.fixture
def street_app(monkeypatch: pytest.MonkeyPatch, make_app: Callable[..., Flask]) -> Flask:
    """The app with the geocoder of ``street_world``."""
    monkeypatch.setitem(REGISTRY, "streets", lambda settings: Streets())
    return make_app(PETITION_GEOCODERS="streets,zip")


class Walk:
    """One stranger's way, the same for each address: what is done next, and what is typed."""

    def __init__(self, chance: random.Random, answer: dict[str, str], typed: dict[str, str]):
        self.seed, self.works = chance.getrandbits(32), chance.random() < 0.5
        self.answer, self.typed = answer, typed

    def take(self, town: Town, number: int) -> Seen:
        """Go that way with the address of a number; return all that was seen and written."""
        chance = random.Random(self.seed)  # noqa: S311
        stranger = Stranger(town.app)
        stranger.client.environ_base["REMOTE_ADDR"] = f"198.18.{number // 200}.{number % 200}"
        led = ""
        for _ in range(chance.randint(3, 8)):
            act = chance.choice(["sign", "open", "answer", "wrong", "lost", "work"])
            if act == "sign" or not led:
                form = fill_form(number) | self.typed | chance.choice(TYPED)
                answer = stranger.send(f"/campaigns/{SLUG}/signatures", form)
                led = answer.headers.get("Location", led)
            elif act == "lost":
                form = {"email": fill_form(number)["email"]}
                stranger.send("/signatures/lost", form)
            elif act == "work":
                if self.works:
                    town.work()
            elif act == "open" or "/address/" not in led:
                stranger.send(led)
            else:
                given = self.answer if act == "answer" else dict.fromkeys(self.answer, "")
                stranger.send(led, given)
        # A form that is shown again says what was typed, and when it was drawn, sealed anew.
        typed = re.compile(rf"person-{number}@|Example{number}|name=\"drawn\" value=\"[^\"]*\"")
        stranger.seen.answers = [
            (status, typed.sub("", str(text)), sent) for status, text, sent in stranger.seen.answers
        ]
        return stranger.seen


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("world", WORLDS)
def test_a_stranger_sees_the_same_whosever_address_it_is(
    street_app: Flask, world: str, rounds: int
) -> None:
    lay, answer, typed = WORLDS[world]
    town = lay(street_app)
    chance = random.Random(26)  # noqa: S311

    for round_ in range(rounds):
        walk = Walk(chance, answer, typed)
        numbers = range(FIRST + round_ * EACH, FIRST + (round_ + 1) * EACH)
        states = chance.sample(STILL if walk.works else list(STATES), EACH - 1)
        for number, state in zip(numbers[1:], states, strict=True):
            add_signed(street_app, number, state)

        fresh, *known = (walk.take(town, number) for number in numbers)

        differing = [state for state, seen in zip(states, known, strict=True) if seen != fresh]
        assert differing == [], (walk.seed, fresh.statements)
        assert fresh.answers
