"""Moments in the time zone of a district's state, with its name."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from markupsafe import Markup

from petition.postal.time_zones import find_zone
from petition.postal.us_states import BY_CODE
from petition.web.formats import show_day, show_moment
from petition.web.wording.zones import name_zone

NOVEMBER = datetime(2026, 11, 28, 18, 35, tzinfo=UTC)
JULY = datetime(2026, 7, 5, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "state", "english", "spanish"),
    [
        (
            NOVEMBER,
            "MA",
            "November 28, 2026 at 1:35 p.m. Eastern time",
            "28 de noviembre de 2026, 1:35 p.m., hora del este",
        ),
        (NOVEMBER, "", "November 28, 2026 at 1:35 p.m. Eastern time", None),
        (NOVEMBER, "TX", "November 28, 2026 at 12:35 p.m. Central time", None),
        (NOVEMBER, "GU", "November 29, 2026 at 4:35 a.m. Guam time", None),
        (JULY, "CA", "July 4, 2026 at 8:05 p.m. Pacific time", None),
        (JULY, "AZ", "July 4, 2026 at 8:05 p.m. Arizona time", None),
        (JULY, "MA", "July 4, 2026 at 11:05 p.m. Eastern time", None),
    ],
)
def test_a_moment_is_told_in_the_zone_of_the_state(
    app: Flask, moment: datetime, state: str, english: str, spanish: str | None
) -> None:
    with app.test_request_context("/"):
        said = show_moment(moment, state)
    with app.test_request_context("/?lang=es"):
        translated = show_moment(moment, state)

    assert said.striptags() == english
    assert spanish is None or translated.striptags() == spanish
    assert f'datetime="{moment.isoformat()}"' in said


def test_a_day_is_that_of_the_state(app: Flask) -> None:
    with app.test_request_context("/"):
        said: Markup = show_day(JULY, "MA")

    assert said.striptags() == "July 4, 2026"
    assert f'datetime="{JULY.isoformat()}"' in said


def test_every_state_has_a_zone_with_a_name(app: Flask) -> None:
    with app.test_request_context("/?lang=es"):
        for code in BY_CODE:
            assert name_zone(find_zone(code)).startswith("hora de")
