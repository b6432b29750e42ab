"""FAULT 8: whoever adds signers of their own to a district learns no number below the level.

The attack: sign again and again oneself until a page shows a number, and take one's own away.
"""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from petition.counting.disclosure_level import find_level
from tests.factories import renew_counts
from tests.ground import POSTAL_CODE, SLUG, fill_form
from tests.redistricting.world import work
from tests.web.public_world import CAMPAIGN, DISTRICT, World, make_world, open_page, sign
from tests.web.test_map_pages import STATE

PAGES = (
    "/",
    CAMPAIGN,
    DISTRICT,
    f"{CAMPAIGN}/map",
    STATE,
    f"{STATE}.json",
    f"{CAMPAIGN}/near?postal_code={POSTAL_CODE}",
    f"/embed/{SLUG}",
    f"/embed/{SLUG}/map",
    f"/embed/{SLUG}/map/ma/county",
)
PICTURES = (f"{CAMPAIGN}/preview.png", f"{DISTRICT}/preview.png")
UNGUARDED = {"guards": {"minimum_seconds": 0, "proof_of_work": "off"}}
# What moves by itself: the moment of the count, and a sealed value that is another each time.
MOMENT = re.compile(r"Counted [^.<]*\.|<time[^>]*>[^<]*</time>|near=[\w-]+|value=\"[^\"]{20,}\"")
# At home, on the phone: the networks that one person has without looking for more.
ONE = ("203.0.113.7",)
TWO = ("203.0.113.7", "2001:db8:7::1")


def let_sign(world: World, numbers: range, addresses: Callable[[int], str]) -> str:
    """Let people sign on the page, and do all that the workers do; return the last's thanks."""
    thanks = ""
    for number in numbers:
        answer = sign(
            world.app, fill_form(number), environ_overrides={"REMOTE_ADDR": addresses(number)}
        )
        assert answer.status_code == 303
        thanks = answer.headers["Location"]
    with world.app.app_context():
        work(world.campaign_id)
        renew_counts()
    return thanks


def let_others_sign(world: World, people: int) -> None:
    """Let people sign each of whom has a network of their own."""
    let_sign(world, range(1, people + 1), lambda number: f"198.18.{number}.1")


def read_all(app: Flask, *more: str) -> dict[str, str]:
    """Return everything that the public is told, but for the moment it is of."""
    pages = {path: open_page(app, path) for path in PAGES}
    pages |= {f"thanks {number}": open_page(app, path) for number, path in enumerate(more)}
    told = {name: MOMENT.sub("", page.text) for name, page in pages.items()}
    return told | {path: open_page(app, path).data.hex() for path in PICTURES}


@pytest.mark.parametrize("networks", [ONE, TWO], ids=["one network", "two networks"])
@pytest.mark.parametrize("truth", [0, 1, 4, 8, 9])
def test_a_tracker_sees_the_same_whatever_the_truth_is(
    app: Flask, truth: int, networks: tuple[str, ...]
) -> None:
    world = make_world(app, **UNGUARDED)
    before = read_all(app)
    let_others_sign(world, truth)
    seen = [read_all(app)]

    for own in (1, 2, 3, 6, 10, 20):
        already = 1_000 + (0 if own == 1 else {2: 1, 3: 2, 6: 3, 10: 6, 20: 10}[own])
        thanks = let_sign(
            world, range(already, 1_000 + own), lambda number: networks[number % len(networks)]
        )
        seen.append(read_all(app, thanks))

    # Not one word changes from before anybody had signed, up to 29 in all and 20 of one's own.
    for told in seen:
        assert {name: told[name] for name in before} == before
        assert "of the next 100" not in told.get("thanks 0", "")


@pytest.mark.parametrize("networks", [ONE, TWO], ids=["one network", "two networks"])
def test_where_a_number_is_told_the_others_alone_reach_the_level(
    app: Flask, networks: tuple[str, ...]
) -> None:
    world = make_world(app, **UNGUARDED)
    with app.app_context():
        level = find_level(world.campaign_id, world.district_id)
    let_sign(world, range(1_000, 1_020), lambda number: networks[number % len(networks)])

    first_told = None
    for others in range(1, 31):
        let_sign(world, range(others, others + 1), lambda number: f"198.18.{number}.1")
        if f"{20 + others} of the next 100" in re.sub(
            r"<[^>]+>", "", open_page(app, DISTRICT).text
        ):
            first_told = others
            break

    assert 10 <= level <= 19
    assert first_told is not None and first_told >= level


def test_a_crowd_from_all_over_is_shown_to_the_one(app: Flask) -> None:
    world = make_world(app, **UNGUARDED)
    let_others_sign(world, 63)

    words = re.sub(r"<[^>]+>", "", open_page(app, DISTRICT).text)

    assert "63 of the next 100 in Middlesex County have signed." in words
    assert "37 more and the letter is sent" in words


def test_who_signs_sees_the_count_without_themselves(app: Flask) -> None:
    world = make_world(app, **UNGUARDED, title="A letter to the board")
    let_others_sign(world, 40)
    answer = sign(app, fill_form(500), environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
    with app.app_context():
        work(world.campaign_id)  # counted, and not in the snapshot yet

    page = re.sub(r"<[^>]+>", "", open_page(app, answer.headers["Location"]).text)

    assert "40 of the next 100" in page
    assert "Yours is added once it is counted." in page
    assert not re.search(r"\b41\b", page)
