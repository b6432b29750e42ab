"""A ZIP in two states, and forms of old programs, through the real pages."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db
from petition.models import Signature
from tests.ground import fill_form
from tests.web.public_world import SIGN, make_world
from tests.web.staff_world import enter, get
from tests.web.street_world import NOWHERE, WEST, lay_town

BORDER = "02861"  # in Rhode Island, and a part of it in Massachusetts


@pytest.mark.parametrize("region", ["MA", "Mass.", "", "massachusetts"])
def test_who_lives_across_the_border_is_placed_by_their_street(
    street_app: Flask, region: str
) -> None:
    town = lay_town(street_app)

    answer = town.sign(street_address=WEST, postal_code=BORDER, region=region)
    town.work()

    assert answer.status_code == 303
    signature = town.read()
    assert signature.person is not None
    assert signature.person.region == ("MA" if region else "")
    assert signature.review_reason is None
    assert [place[1] for place in town.list_places(signature.id)] == ["West District"]


def test_staff_choose_among_the_districts_of_both_states(street_app: Flask) -> None:
    town = lay_town(street_app)
    signature_id = town.put(NOWHERE, postal_code=BORDER, region="")
    browser, _ = enter(street_app)

    page = get(browser, f"/staff/review/{signature_id}").text

    assert re.search(r"(All|Of all) in MA and RI", page)
    assert "West District" in page


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("given_name=Ren%E9e", "Ren\u00e9e"),
        ("given_name=Ren\u00e9e".encode("cp1252"), "Ren\u00e9e"),
        ("given_name=O%92Brien", "O\u2019Brien"),
        ("given_name=Ren%C3%A9e", "Ren\u00e9e"),
        ("given_name=Ren%C3%A9e&locality=Ca%C3%B1on", "Ren\u00e9e"),
    ],
)
def test_a_form_in_windows_1252_is_read_and_never_printed_as_codes(
    app: Flask, body: str | bytes, name: str
) -> None:
    make_world(app)
    others = {k: v for k, v in fill_form(1).items() if k not in ("given_name", "locality")}
    rest = "&".join(f"{field}={value.replace('@', '%40')}" for field, value in others.items())
    whole = (body if isinstance(body, bytes) else body.encode()) + f"&{rest}".encode()

    answer = app.test_client().post(
        SIGN, data=whole, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 303
    with app.app_context():
        signature = db.session.scalars(select(Signature)).one()
        assert signature.person is not None
        assert signature.person.given_name == name
