"""FAULT 8: five hundred look-ups around somebody, before and after they sign, find nobody.

(Areas, rounding and names one by one: tests/participants/test_near.py.)
"""

from collections.abc import Callable
from datetime import timedelta

import h3
from flask import Flask
from sqlalchemy import update

from petition.core.extensions import transaction
from petition.models import Signature
from petition.models.counts.tally import find_area
from petition.participants.cells import count_areas_if_due
from petition.participants.near import NAMED, Neighbors, find_neighbors
from tests.ground import fill_form
from tests.redistricting.world import work
from tests.web.public_world import World, look_up, make_world, read_words, sign

HERE = (42.3648, -71.1040)
POINTS = [(HERE[0] + a * 0.012, HERE[1] + b * 0.02) for a in range(-12, 13) for b in range(-10, 10)]
SHOWN = {"show_name": "1"}
# What a visitor may ask over and over, of the same place by other words.
NEARBY = ("02139", "02139-1234", "02138", "02142", "02134", "02210", "01701", "01420")


def let_sign(world: World, numbers: range, **changes: str) -> None:
    """Let people of the ZIP sign on the page, and do all that the workers do."""
    for number in numbers:
        answer = sign(
            world.app,
            fill_form(number) | SHOWN | changes,
            environ_overrides={"REMOTE_ADDR": f"198.18.{number % 256}.1"},
        )
        assert answer.status_code == 303
    with world.app.app_context():
        with transaction() as session:  # as each does on their private page
            session.execute(update(Signature).values(proved_at=Signature.confirmed_at))
        work(world.campaign_id)
        count_areas_if_due()


def ask_around(world: World) -> dict[str, set[str]]:
    """Ask at each of the points; return what is told of each cell by its name."""
    told: dict[str, set[str]] = {}
    with world.app.app_context():
        for point in POINTS:
            found: Neighbors = find_neighbors(world.campaign_id, *point, NAMED)
            cell = h3.latlng_to_cell(*point, 7)
            told.setdefault(find_area(str(cell)), set()).add(
                f"{found.people} {[(one.name, one.locality) for one in found.participants]}"
            )
    return told


def test_five_hundred_look_ups_before_and_after_somebody_signs_tell_the_same(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    world = make_world(app, guards={"minimum_seconds": 0, "proof_of_work": "off"})
    let_sign(world, range(29))
    before = ask_around(world)

    let_sign(world, range(500, 501), given_name="Newly", family_name="Signed")
    after = ask_around(world)
    make_later(timedelta(minutes=61))
    with app.app_context():
        count_areas_if_due()
    later = ask_around(world)

    assert len(POINTS) == 500
    assert after == before
    for told, people in ((before, 20), (later, 30)):
        # The same wherever one stands in an area, and only theirs knows of anybody.
        assert all(len(answers) == 1 for answers in told.values())
        (words,) = (one.pop() for one in told.values() if one != {"None []"})
        assert words.startswith(f"{people} [")
        assert words.count("('") == 12
    assert h3.average_hexagon_edge_length(4, unit="km") > 20


def read_near(app: Flask) -> list[str]:
    """Return what the page tells of people around each ZIP; its district counts for itself."""
    pages = (look_up(app, code) for code in NEARBY)
    return [read_words(page).partition("Near you")[2] for page in pages]


def test_the_page_near_a_zip_tells_nobody_who_has_just_signed(app: Flask) -> None:
    world = make_world(app, guards={"minimum_seconds": 0, "proof_of_work": "off"})
    let_sign(world, range(29))
    before = read_near(app)

    let_sign(world, range(500, 501), given_name="Newly", family_name="Signed")
    after = read_near(app)

    assert sum("At least 20 people" in words for words in before) >= 5
    assert after == before
    assert not any("Newly" in words for words in after)
