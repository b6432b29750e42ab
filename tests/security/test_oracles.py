"""Whether an address has signed: what anybody may send and see tells it to nobody.

Each road is taken twice, with an address that has signed and with one that never did; all that
comes back, and all that is written, must be the same.
"""

from collections.abc import Callable
from itertools import pairwise

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select

from petition.core.extensions import db, transaction
from petition.health.metrics_access import KEPT_SECONDS
from petition.models import Ask, Mail, Signature
from petition.notifications.link_requests import answer_asks
from petition.participants.recent import EXTENSION
from tests.factories import make_campaign, make_person, make_signature, renew_counts
from tests.ground import SLUG, fill_form
from tests.security.signing_roads import (
    FRESH,
    MOMENT,
    Seen,
    Stranger,
    add_known,
    add_signed,
    read_rows,
)
from tests.web.county_world import PRINCE_WILLIAM, SEVERAL, lay_counties
from tests.web.public_world import CAMPAIGN, add_offers, make_world, open_page
from tests.web.street_world import WEST, Town, lay_town

TOKEN = "only-for-tests-9f3c1a"
OFF = {"minimum_seconds": 0, "proof_of_work": "off", "honeypot": True}
BOXES = dict.fromkeys(("show_name", "notify", "tell_successor", "publish_comment"), "1")
STREET = {"street_address": WEST, "postal_code": ""}
COUNTY = {"home": PRINCE_WILLIAM}
confirming = pytest.mark.parametrize("confirm_email", [True, False], ids=["confirms", "does not"])
LATER = [
    {"what": "words", "comment": "Please", "publish_comment": "1"},
    {"what": "notify", "do": "give"},
    {"what": "show_name", "do": "give"},
    {"what": "offer", "do": "give"},
    {"what": "offer", "do": "take"},
]
ALL = [303, 200, 422, 303, 410, 200, 200]


def take(town: Town, number: int, answer: dict[str, str], work: bool, **typed: str) -> Seen:
    """Sign, open the question, answer it wrong, right and once more; return what was seen."""
    stranger = Stranger(town.app)
    path = stranger.sign(number, **typed)
    if work:
        town.work()
    if "/address/" in path:
        stranger.send(path)
        stranger.send(path, dict.fromkeys(answer, ""))
        thanks = stranger.send(path, answer).headers["Location"]
        stranger.send(path, answer)
        stranger.send(path)
        path = thanks
    stranger.send(path)
    return stranger.seen


@confirming
@pytest.mark.parametrize("typed", [{}, {"subject": "a robot"}, BOXES | {"comment": "Please"}])
def test_signing_and_the_street_tell_nobody(
    street_app: Flask, typed: dict[str, str], confirm_email: bool
) -> None:
    town = lay_town(street_app, confirm_email=confirm_email, guards=OFF)
    known = add_known(street_app)

    fresh = take(town, FRESH, STREET, False, **typed)
    told = {state: take(town, number, STREET, False, **typed) for state, number in known.items()}

    assert [state for state, seen in told.items() if seen != fresh] == []
    assert [answer[0] for answer in fresh.answers] == ALL
    assert fresh.statements[0] == [("INSERT", "signatures")]
    # The answer, when something was last done with the row, and the event.
    answered = ("UPDATE", "signatures")
    assert fresh.statements[3] == [answered, answered, ("INSERT", "events")]


@confirming
def test_signing_and_the_county_tell_nobody(app: Flask, confirm_email: bool) -> None:
    town = lay_counties(app, confirm_email=confirm_email, guards=OFF)
    known = add_known(app)

    fresh = take(town, FRESH, COUNTY, False, postal_code=SEVERAL)
    told = {
        state: take(town, number, COUNTY, False, postal_code=SEVERAL)
        for state, number in known.items()
    }

    assert [state for state, seen in told.items() if seen != fresh] == []
    assert [answer[0] for answer in fresh.answers] == ALL


@confirming
def test_signing_where_nothing_is_asked_tells_nobody(app: Flask, confirm_email: bool) -> None:
    world = make_world(app, confirm_email=confirm_email, guards=OFF)
    town = Town(app, world.campaign_id)
    known = add_known(app)

    fresh = take(town, FRESH, {}, False)
    told = {state: take(town, number, {}, False) for state, number in known.items()}

    assert [state for state, seen in told.items() if seen != fresh] == []
    assert [answer[0] for answer in fresh.answers] == [303, 200]


@confirming
@pytest.mark.parametrize("work", [False, True], ids=["at once", "counted meanwhile"])
def test_what_is_added_after_signing_tells_nobody(
    app: Flask, confirm_email: bool, work: bool
) -> None:
    world = make_world(app, confirm_email=confirm_email, recent_shown=5, guards=OFF)
    offer = add_offers(world.campaign_id, app)["open-streets"]
    town = Town(app, world.campaign_id)
    known = add_known(app)

    fresh = add_answers(town, FRESH, offer, work)
    told = {state: add_answers(town, number, offer, work) for state, number in known.items()}

    assert [state for state, seen in told.items() if seen != fresh] == []
    assert [answer[0] for answer in fresh.answers] == [303, 200, *([303, 200] * len(LATER))]


def add_answers(town: Town, number: int, offer: int, work: bool) -> Seen:
    """Sign, and give each answer that the page after it asks for; return what was seen."""
    stranger = Stranger(town.app)
    page = stranger.send(stranger.sign(number))
    if work:
        town.work()
    for form in LATER:
        token = page.text.partition('name="token" value="')[2].partition('"')[0]
        what = form["what"].replace("offer", f"offer-{offer}")
        sent = stranger.send(f"{CAMPAIGN}/answers", form | {"token": token, "what": what})
        page = stranger.send(sent.headers["Location"])
    return stranger.seen


@confirming
@pytest.mark.parametrize("state", ["pending", "unproved", "in review", "withdrawn"])
def test_what_the_workers_do_meanwhile_tells_nobody(
    street_app: Flask, state: str, confirm_email: bool
) -> None:
    town = lay_town(street_app, confirm_email=confirm_email, guards=OFF)
    add_signed(street_app, 10, state)

    known, fresh = (take(town, number, STREET, True) for number in (10, FRESH))

    assert known == fresh
    assert [answer[0] for answer in fresh.answers] == ALL


def test_a_robot_is_asked_and_answered_as_a_person_is(street_app: Flask) -> None:
    town = lay_town(street_app, guards=OFF)

    robot, person = take(town, 10, STREET, True, subject="x"), take(town, 11, STREET, True)

    assert robot == person
    (rejected, _) = read_rows(street_app)
    assert rejected.state == "rejected"
    assert rejected.person is not None and rejected.person.street_address == ""


@confirming
def test_asking_for_a_lost_link_tells_nobody(app: Flask, confirm_email: bool) -> None:
    make_world(app, confirm_email=confirm_email)
    known = add_known(app)
    told = {}

    for state, number in [("fresh", FRESH), *known.items(), ("again", 10)]:
        stranger = Stranger(app)
        email = fill_form(number)["email"]
        stranger.send("/signatures/lost", {"email": email})
        told[state] = stranger.seen

    assert [state for state, seen in told.items() if seen != told["fresh"]] == []
    assert told["fresh"].answers[0][0] == 303
    assert told["fresh"].statements == [[("INSERT", "asks")]]


def test_an_address_of_several_letters_is_answered_as_one_of_none(app: Flask) -> None:
    make_world(app, confirm_email=False)
    email = fill_form(10)["email"]
    with app.app_context(), transaction() as session:
        for _ in range(3):
            make_signature(session, make_campaign(session), person=make_person(email=email))
    seen = []

    for address in (email, fill_form(FRESH)["email"]):
        stranger = Stranger(app)
        for _ in range(2):
            stranger.send("/signatures/lost", {"email": address})
            stranger.send("/signatures/lost?lang=es", {"email": address})
            with app.app_context():
                answer_asks()
        seen.append(stranger.seen)

    assert seen[0] == seen[1]
    with app.app_context():
        assert db.session.scalars(select(Ask.id)).all() == []
        # One mail for all of them, to the address that signed.
        assert db.session.scalars(select(Mail.signature_id)).all() == [
            db.session.scalar(select(func.min(Signature.id)))
        ]


@pytest.mark.parametrize("state", ["unproved", "in review", "counted"])
def test_no_name_appears_for_a_new_address_alone(app: Flask, state: str) -> None:
    world = make_world(app, confirm_email=False, recent_shown=50, guards=OFF)
    add_signed(app, 10, state)
    for number, name in ((10, "Quetzal"), (FRESH, "Xylander")):
        Stranger(app).sign(number, given_name=name, **BOXES)
    Town(app, world.campaign_id).work()
    app.extensions.pop(EXTENSION, None)

    for path in (CAMPAIGN, f"/embed/{SLUG}", f"{CAMPAIGN}/near?postal_code=02139", "/"):
        page = open_page(app, path).text
        assert "Quetzal" not in page and "Xylander" not in page


@pytest.mark.parametrize("state", ["pending", "confirmed", "counted", "withdrawn"])
def test_where_mails_confirm_neither_changes_anything_in_public(app: Flask, state: str) -> None:
    world = make_world(app, confirm_email=True, recent_shown=50, guards=OFF, step=10)
    world.count(30)
    add_signed(app, 10, state)
    paths = (CAMPAIGN, f"/embed/{SLUG}", f"{CAMPAIGN}/districts/county/25017", "/", "/letters")
    town = Town(app, world.campaign_id)
    pages = []

    for number in (None, 10, FRESH):
        if number is not None:
            Stranger(app).sign(number, **BOXES)
        town.work()
        with app.app_context():
            renew_counts()
        app.extensions.pop(EXTENSION, None)
        pages.append([read_public(app, path) for path in paths])

    assert pages[0] == pages[1] == pages[2]


def read_public(app: Flask, path: str) -> list[str]:
    """Return a page's lines but for what differs from one visit to the next."""
    page = MOMENT.sub("", open_page(app, path).text)
    return [line for line in page.splitlines() if 'name="drawn"' not in line]


def test_no_figures_tell_a_stranger_who_signs(app: Flask) -> None:
    make_world(app, confirm_email=False, guards=OFF)
    add_signed(app, 10, "unproved")
    told = []

    for number in (None, 10, FRESH):
        if number is not None:
            Stranger(app).sign(number)
        for headers in ({}, {"Authorization": "Bearer guessed"}):
            page = open_page(app, "/metrics", **headers)
            assert page.status_code == 404 and "hundredth_" not in page.text
            told.append(page.text)

    assert len(set(told)) == 1


@pytest.mark.parametrize("number", [10, FRESH], ids=["has signed", "has not"])
def test_figures_of_who_may_scrape_stand_still_for_a_minute(
    make_app: Callable[..., Flask], number: int
) -> None:
    app = make_app(PETITION_METRICS_TOKEN=TOKEN)
    make_world(app, confirm_email=False, guards=OFF)
    add_signed(app, 10, "unproved")
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    before = open_page(app, "/metrics", **bearer).text

    Stranger(app).sign(number)

    assert "hundredth_signatures{" in before
    assert open_page(app, "/metrics", **bearer).text == before
    # Another process, or the next minute, tells that somebody has signed.
    later = make_app(PETITION_METRICS_TOKEN=TOKEN)
    assert open_page(later, "/metrics", **bearer).text != before
    assert KEPT_SECONDS >= 60


@pytest.mark.parametrize("state", ["pending", "counted", "withdrawn"])
def test_where_mails_confirm_figures_grow_alike(make_app: Callable[..., Flask], state: str) -> None:
    """Each scrape by a process of its own, which has kept no earlier one."""
    world = make_world(make_app(), confirm_email=True, guards=OFF)
    add_signed(world.app, 10, state)

    figures = [read_figures(make_app)]
    for number in (10, FRESH):
        Stranger(world.app).sign(number)
        figures.append(read_figures(make_app))

    known, fresh = (
        {name: after[name] - before[name] for name in after if after[name] != before[name]}
        for before, after in pairwise(figures)
    )
    assert known == fresh == {("hundredth_signatures", "pending"): 1}


def read_figures(make_app: Callable[..., Flask]) -> dict[tuple[str, ...], float]:
    """Return the figures about signatures, by name and label values."""
    app = make_app(PETITION_METRICS_TOKEN=TOKEN)
    page = open_page(app, "/metrics", Authorization=f"Bearer {TOKEN}")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
        if "signatures" in sample.name
    }
