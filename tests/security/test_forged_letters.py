"""Nobody makes a letter that people did not write: attacks through the pages, by the defaults."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings
from petition.counting.ledger import count_batch
from petition.counting.milestone_list import list_hundreds
from petition.delivery.send import deliver
from petition.locating.locate import locate_batch
from petition.models import Letter, Milestone
from petition.web.form_moment import seal_moment
from tests.factories import render_milestone
from tests.ground import POSTAL_CODE, SLUG, UNHELD, lay_ground
from tests.letter_store import LetterStore

HUNDRED = 100
NAMES = [f"{given} {family}" for given in "Ana Ben Cleo Dov Eva Fay Gus Hal Ida Jo".split()
         for family in "Ash Birch Cole Dune Elm Fern Grove Hill Ivory Jett".split()]  # fmt: skip


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The app with the looks that it has by default."""
    made = make_app(**dict.fromkeys(UNHELD, ""))
    with made.app_context():
        lay_ground(step=HUNDRED)
        db.session.remove()
    return made


def send_all(app: Flask, forms: Iterator[tuple[dict[str, str], str]], pause: float) -> int:
    """Post each form from its address, so many seconds apart, up to now; return how many went."""
    taken = 0
    begin = utcnow() - timedelta(seconds=(HUNDRED + 1) * pause)
    with time_machine.travel(begin, tick=False) as clock:
        for form, address in forms:
            answer = app.test_client().post(
                f"/campaigns/{SLUG}/signatures", data=form, environ_base={"REMOTE_ADDR": address}
            )
            taken += answer.status_code == 303
            clock.shift(timedelta(seconds=pause))
    return taken


def fill(number: int, email: str, **fields: str) -> dict[str, str]:
    given, family = NAMES[number].split()
    return {
        "given_name": given,
        "family_name": family,
        "email": email,
        "postal_code": POSTAL_CODE,
    } | fields


def work(app: Flask) -> tuple[int, list[str]]:
    """Do what the workers do; return how many letters there are, and why the first is held."""
    with app.app_context():
        while (done := locate_batch()).claimed:
            for campaign_id in done.campaign_ids:
                count_batch(campaign_id)
        store = LetterStore(get_settings().letters_dir)
        for milestone_id in db.session.scalars(select(Milestone.id)).all():
            for delivery_id in render_milestone(milestone_id, store):
                deliver(delivery_id, store.read)
        letters = db.session.scalar(select(func.count(Letter.id))) or 0
        hundreds = list_hundreds()
        return letters, hundreds[0].reasons if hundreds else []


def test_one_address_and_a_hundred_names_in_two_minutes_make_no_letter(app: Flask) -> None:
    forms = (
        (fill(number, f"x{number}@catchall.example"), "203.0.113.7") for number in range(HUNDRED)
    )

    assert send_all(app, forms, 1.2) == HUNDRED

    letters, reasons = work(app)
    assert letters == 0
    assert {"network", "mail-domain", "quick", "unloaded"} <= set(reasons)


def test_five_hundred_networks_of_one_48_make_no_letter(app: Flask) -> None:
    forms = (
        (fill(number, f"x{number}@isp-{number}.example"), f"2001:db8:7:{number * 5:x}::1")
        for number in range(HUNDRED)
    )

    send_all(app, forms, 300)

    letters, reasons = work(app)
    assert letters == 0
    assert "network" in reasons


def test_a_catch_all_behind_a_hundred_networks_makes_no_letter(app: Flask) -> None:
    forms = (
        (
            fill(number, f"x{number}@sub-{number}.catchall.example"),
            f"198.18.{number}.1",
        )
        for number in range(HUNDRED)
    )

    send_all(app, forms, 900)

    letters, reasons = work(app)
    assert letters == 0
    assert "mail-domain" in reasons


def test_one_form_that_is_loaded_once_and_sent_a_hundred_times_makes_no_letter(
    app: Flask,
) -> None:
    with app.app_context():
        drawn = seal_moment()
    forms = (
        (fill(number, f"x{number}@isp-{number}.example", drawn=drawn), f"198.18.{number}.1")
        for number in range(HUNDRED)
    )

    send_all(app, forms, 900)

    letters, reasons = work(app)
    assert letters == 0
    assert reasons == ["unloaded"]


def test_a_hundred_people_make_theirs(app: Flask) -> None:
    def fill_all() -> Iterator[tuple[dict[str, str], str]]:
        for number in range(HUNDRED):
            with app.app_context():
                with time_machine.travel(utcnow() - timedelta(seconds=90), tick=False):
                    drawn = seal_moment()
            email = f"person-{number}@isp-{number % 30}.example"
            yield fill(number, email, drawn=drawn), f"198.18.{number % 80}.{number + 1}"

    assert send_all(app, fill_all(), 600) == HUNDRED

    letters, reasons = work(app)
    assert (letters, reasons) == (1, [])
