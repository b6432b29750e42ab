"""Signatures in review as staff see them, and a person's decision on where one belongs."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from petition.core.extensions import db, transaction
from petition.core.queues import Stage, get_queues
from petition.models import Campaign, Candidate, Event, RoleName, Signature
from petition.web.staff import review
from tests.factories import make_person, make_signature
from tests.redistricting.world import count_live_rows, read_tallies
from tests.web.staff_world import enter, get, post
from tests.web.street_world import NOWHERE, WEST, Town, lay_town

LIST = "/staff/review"


def list_events(app: Flask, signature_id: int) -> list[tuple[str, str]]:
    """Return (action, actor's kind) of what staff did about a signature, in order."""
    with app.app_context():
        rows = db.session.execute(
            select(Event.action, Event.actor)
            .where(Event.subject == "signature", Event.subject_id == signature_id)
            .order_by(Event.id)
        )
        return [(row.action, row.actor.partition(":")[0]) for row in rows]


def settle(
    town: Town, browser: FlaskClient, token: str, signature_id: int, **fields: str
) -> tuple[int, str]:
    """Send the form; return the status and the page."""
    answer = post(browser, f"{LIST}/{signature_id}", token, **fields)
    return answer.status_code, answer.text


def wait_in_numbers(town: Town, number: int) -> None:
    """Put signatures into review without looking anything up."""
    with town.app.app_context(), transaction() as session:
        campaign = session.get_one(Campaign, town.campaign_id)
        for _ in range(number):
            make_signature(
                session, campaign, state="review", due_at=None, review_reason="no-district"
            )


def test_the_list_is_empty_while_nothing_waits(app: Flask) -> None:
    browser, _ = enter(app, RoleName.READER)

    assert "No signatures are in review." in get(browser, LIST).text


def test_the_list_says_why_each_waits_and_names_nobody(street_app: Flask) -> None:
    town = lay_town(street_app, ["county", "sldl"])
    bare, unknown = town.put(), town.put(NOWHERE, family_name="Canary")
    browser, _ = enter(street_app, RoleName.READER)

    page = get(browser, LIST)

    assert "no street given <b>1</b>" in page.text and "address not found <b>1</b>" in page.text
    assert "state house district:" in page.text
    assert "East District; West District" in page.text
    for secret in ("Canary", "Ada", NOWHERE, "02139", "people.example", "Cambridge"):
        assert secret not in page.text
    assert f"{LIST}/{bare}" not in page.text  # a viewer has nothing to open
    assert "You can read this list; only a reviewer" in page.text
    narrow = get(browser, f"{LIST}?reason=needs-address")
    assert f'data-label="No.">{bare}<' in narrow.text
    assert f'data-label="No.">{unknown}<' not in narrow.text


def test_a_long_list_goes_on_where_it_stopped(
    street_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "PAGE", 3)
    town = lay_town(street_app)
    wait_in_numbers(town, 7)
    browser, _ = enter(street_app, RoleName.READER)
    seen: list[str] = []
    path = f"{LIST}?reason=no-district"

    for _ in range(3):
        page = get(browser, path)
        seen += re.findall(r'data-label="No\.">(\d+)<', page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = following[1].replace("&amp;", "&") if following else ""

    assert path == ""
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, key=int)
    assert "There are no more signatures." in get(browser, f"{LIST}?after=99999").text


@pytest.mark.parametrize("query", ["reason=lost", "after=-1", "after=x", f"after={'9' * 40}"])
def test_an_address_that_makes_no_sense_still_shows_a_page(street_app: Flask, query: str) -> None:
    wait_in_numbers(lay_town(street_app), 1)
    browser, _ = enter(street_app, RoleName.READER)

    page = get(browser, f"{LIST}?{query}")

    assert page.status_code == 200
    assert "in no district" in page.text


def test_an_operator_sees_what_the_signer_wrote_and_the_trail_says_so(street_app: Flask) -> None:
    town = lay_town(street_app, ["county", "sldl"])
    signature_id = town.put(NOWHERE, family_name="Canary")
    browser, _ = enter(street_app)

    page = get(browser, f"{LIST}/{signature_id}")

    for shown in (NOWHERE, "Cambridge", "02139", "No geocoder found this address."):
        assert shown in page.text
    assert "Canary" not in page.text and "people.example" not in page.text
    assert "What is certain" in page.text  # the county
    radios = re.findall(r'type="radio" id="[^"]+" name="([^"]+)" value="([^"]+)"', page.text)
    ids = {str(town.find(name)) for name in ("west", "east")}
    assert set(radios) == {("sldl", value) for value in ids | {"elsewhere"}}
    assert set(re.findall(r'<option value="(\d+)"', page.text)) == ids
    assert list_events(street_app, signature_id)[-1] == ("signature.viewed", "staff")
    assert page.headers["Cache-Control"] == "private, no-store"


def test_an_operator_settles_it_and_it_is_counted_there(street_app: Flask) -> None:
    town = lay_town(street_app)
    signature_id = town.put()
    browser, token = enter(street_app)

    status, _ = settle(
        town, browser, token, signature_id, sldl=str(town.find("east")), why="They  told us"
    )
    with street_app.app_context():
        jobs = [list(job.args) for job in get_queues().queue(Stage.COUNT).jobs]
    page = get(browser, LIST)
    town.work()

    assert status == 303
    assert jobs == [[town.campaign_id]]
    assert f"Signature {signature_id} is settled" in page.text
    assert town.read(signature_id).state == "counted"
    assert town.list_places(signature_id) == [("sldl", "East District", "staff")]
    with street_app.app_context():
        assert (read_tallies(), count_live_rows()) == ({"east": (1, 0)}, 1)
        event = db.session.scalars(select(Event).where(Event.action == "signature.settled")).one()
        assert event.detail == {"why": "They told us", "sldl": town.find("east")}
        assert event.actor.startswith("staff:")


def test_a_district_that_is_no_candidate_is_chosen_from_the_list(street_app: Flask) -> None:
    town = lay_town(street_app)
    signature_id = town.put()
    browser, token = enter(street_app)
    chosen = {"sldl": "elsewhere", "sldl-elsewhere": str(town.find("west")), "why": "A bill"}

    status, _ = settle(town, browser, token, signature_id, **chosen)

    assert status == 303
    assert town.list_places(signature_id) == [("sldl", "West District", "staff")]


@pytest.mark.parametrize(
    ("sldl", "listed", "why", "words"),
    [
        ("", "", "A bill", "Choose the district"),
        ("elsewhere", "", "A bill", "Choose the district"),
        ("x", "", "A bill", "Choose the district"),
        ("9" * 15, "", "A bill", "Choose the district"),
        ("west", "", "  ", "Write how you know"),
        ("west", "", "y" * 501, "Shorten this to 500 characters."),
        ("west", "east", "A bill", "You selected one district and chose another"),
    ],
)
def test_what_is_missing_is_told_beside_it_and_nothing_typed_is_lost(
    street_app: Flask, sldl: str, listed: str, why: str, words: str
) -> None:
    town = lay_town(street_app)
    signature_id = town.put()
    browser, token = enter(street_app)
    ids = {"west": str(town.find("west")), "east": str(town.find("east"))}
    fields = {"sldl": ids.get(sldl, sldl), "sldl-elsewhere": ids.get(listed, listed), "why": why}

    status, page = settle(town, browser, token, signature_id, **fields)

    assert status == 422
    assert words in page and page.count("autofocus") == 1
    assert f">{why}</textarea>" in page
    if sldl in (*ids, "elsewhere"):
        assert re.search(rf'value="{fields["sldl"]}" checked', page)
    if listed:
        assert f'value="{ids[listed]}" selected' in page
    assert town.read(signature_id).state == "review"


def test_every_open_layer_must_be_decided(street_app: Flask) -> None:
    town = lay_town(street_app, ["sldu", "sldl"])
    signature_id = town.put()
    browser, token = enter(street_app)

    half, page = settle(
        town, browser, token, signature_id, sldl=str(town.find("west")), why="A bill"
    )
    swapped, _ = settle(
        town,
        browser,
        token,
        signature_id,
        sldu=str(town.find("west")),
        sldl=str(town.find("west", "sldu")),
        why="A bill",
    )

    assert half == swapped == 422
    assert page.count("Choose the district that the signer lives in.") == 1
    assert town.read(signature_id).state == "review"


def test_who_comes_too_late_reads_that_it_is_settled(street_app: Flask) -> None:
    town = lay_town(street_app)
    signature_id = town.put()
    browser, token = enter(street_app)
    fields = {"sldl": str(town.find("west")), "why": "A bill"}
    settle(town, browser, token, signature_id, **fields)

    answers = [
        post(browser, f"{LIST}/{signature_id}", token, **fields),
        post(browser, f"{LIST}/{signature_id}/again", token),
        get(browser, f"{LIST}/{signature_id}"),
    ]

    for answer in answers:
        assert answer.status_code == 409
        assert "This signature is settled" in answer.text and f'href="{LIST}"' in answer.text
    events = [action for action, _ in list_events(street_app, signature_id)]
    assert events.count("signature.settled") == 1 and "signature.viewed" not in events


def test_an_address_is_looked_up_again(street_app: Flask) -> None:
    town = lay_town(street_app)
    signature_id = town.put(NOWHERE)
    with street_app.app_context(), transaction() as session:
        session.get_one(Signature, signature_id).person = make_person(street_address=WEST)
    browser, token = enter(street_app)

    answer = post(browser, f"{LIST}/{signature_id}/again", token)
    with street_app.app_context():
        assert get_queues().queue(Stage.LOCATE).count == 1
    town.work()

    assert (answer.status_code, answer.headers["Location"]) == (303, LIST)
    assert "is being looked up again" in get(browser, LIST).text
    assert town.list_places(signature_id) == [("sldl", "West District", "polygon")]
    assert ("signature.looked_up_again", "staff") in list_events(street_app, signature_id)


def test_a_viewer_sees_no_address_and_decides_nothing(street_app: Flask) -> None:
    town = lay_town(street_app)
    signature_id = town.put(NOWHERE)
    browser, token = enter(street_app, RoleName.READER)
    one = f"{LIST}/{signature_id}"

    answers = [
        get(browser, one),
        post(browser, one, token, sldl=str(town.find("west")), why="A bill"),
        post(browser, f"{one}/again", token),
    ]

    for answer in answers:
        assert answer.status_code == 403
        assert NOWHERE not in answer.text
    assert town.read(signature_id).state == "review"
    assert "signature.viewed" not in [action for action, _ in list_events(street_app, signature_id)]


def test_a_decision_needs_a_sign_in_and_the_forms_token(street_app: Flask) -> None:
    town = lay_town(street_app)
    signature_id = town.put()
    browser, _ = enter(street_app)
    stranger = street_app.test_client()
    one = f"{LIST}/{signature_id}"

    for path in (one, f"{one}/again"):
        assert post(browser, path, None, why="A bill").status_code == 400
        assert post(stranger, path, None, why="A bill").status_code in (302, 400)
    for path in (LIST, one):
        assert get(stranger, path).headers["Location"].startswith("/staff/login")
    assert town.read(signature_id).state == "review"


@pytest.mark.parametrize("number", ["999", "0", str(2**63 - 1), str(2**63), "x"])
def test_a_signature_that_never_was_is_not_found(street_app: Flask, number: str) -> None:
    browser, token = enter(street_app)

    assert get(browser, f"{LIST}/{number}").status_code == 404
    assert post(browser, f"{LIST}/{number}/again", token).status_code == 404


def test_the_candidates_are_drawn_with_the_numbers_of_the_list(street_app: Flask) -> None:
    town = lay_town(street_app, ["county", "sldl"])
    signature_id = town.put()
    browser, _ = enter(street_app, RoleName.REVIEWER)

    page = get(browser, f"{LIST}/{signature_id}").text

    drawing = re.search(r'<svg class="candidates".*?</svg>', page, re.DOTALL)
    assert drawing and drawing[0].count('class="candidate"') == 2
    assert 'aria-label="Where they are: 1, East District; 2, West District"' in drawing[0]
    assert re.findall(r"<text[^>]*>(\d)</text>", drawing[0]) == ["1", "2"]
    assert re.findall(r'map-number">(\d)</b> (\w+ District)', page) == [
        ("1", "East District"),
        ("2", "West District"),
    ]


def test_one_candidate_or_none_is_not_drawn(street_app: Flask) -> None:
    town = lay_town(street_app, ["county", "sldl"])
    signature_id = town.put(NOWHERE)
    with street_app.app_context(), transaction() as session:
        session.execute(delete(Candidate).where(Candidate.signature_id == signature_id))
    browser, _ = enter(street_app, RoleName.REVIEWER)

    assert "candidates" not in get(browser, f"{LIST}/{signature_id}").text
