"""Comments as staff review them: beside their letter, without a name, each role to its rights."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from petition.core.extensions import db
from petition.core.queues import Stage, get_queues
from petition.models import DeliveryState, Event, RoleName
from petition.web.staff import comments
from tests.comments.world import Hundred, make_hundred, read_states
from tests.stored_letters import store_milestone
from tests.web.staff_world import BASE, enter, get, open_browser, post

LIST = "/staff/comments"
WORDS = ["The 83 never comes.", "Look: www.evil.example", "the 83 NEVER comes", ""]


def lay(app: Flask, words: list[str] = WORDS, **campaign: Any) -> Hundred:
    with app.app_context():
        return make_hundred(words, **({"comments": "reviewed"} | campaign))


def find_ticks(page: str) -> list[str]:
    return re.findall(r'name="tick" value="([^"]+)"', page)


def decide(browser: FlaskClient, token: str, ticks: list[str], **fields: str) -> tuple[int, str]:
    """Send the form; return the status and the page that follows."""
    data = {"csrf_token": token, "tick": ticks, **fields}
    answer = browser.post(
        LIST, data=data, base_url=BASE, headers={"Origin": BASE}, follow_redirects=False
    )
    if answer.status_code == 303:
        return 303, get(browser, answer.headers["Location"].removeprefix(BASE)).text
    return answer.status_code, answer.text


def read(app: Flask) -> list[str | None]:
    with app.app_context():
        return read_states()


def test_the_list_is_empty_while_nothing_waits(app: Flask) -> None:
    browser, _ = enter(app, RoleName.READER)

    page = get(browser, LIST).text

    assert "There are no comments to read." in page
    assert "badge" not in page


def test_words_stand_beside_their_letter_once_and_name_nobody(app: Flask) -> None:
    hundred = lay(app)
    with app.app_context():
        hundred.count()
    browser, _ = enter(app)

    page = get(browser, LIST).text

    assert len(re.findall("the 83 never", page, re.IGNORECASE)) == 1
    assert "and 1 more wrote the same words" in page
    assert "A hundred is waiting for it." in page and "link or account" in page
    assert "County, MA" in page
    assert re.search(r'class="badge">3<', page)
    for secret in ("Ada", "Example", "people.example", "02139", "Cambridge"):
        assert secret not in page


def test_a_viewer_reads_and_cannot_decide(app: Flask) -> None:
    lay(app)
    browser, token = enter(app, RoleName.READER)

    page = get(browser, LIST).text

    assert "The 83 never comes." in page and "a reviewer can decide" in page
    assert 'name="tick"' not in page and 'name="verdict"' not in page
    assert decide(browser, token, ["1-x"], verdict="allow")[0] == 403
    assert read(app) == ["waiting"] * 3 + [None]


def test_nobody_decides_without_signing_in_or_without_a_token(app: Flask) -> None:
    lay(app)
    stranger = open_browser(app)
    browser, _ = enter(app)
    ticks = find_ticks(get(browser, LIST).text)

    assert get(stranger, LIST).status_code == 302
    assert post(stranger, LIST, None, verdict="allow", tick=ticks[0]).status_code in (302, 400)
    assert post(browser, LIST, None, verdict="allow", tick=ticks[0]).status_code == 400
    assert read(app) == ["waiting"] * 3 + [None]


def test_ticked_words_are_allowed_with_the_same_ones_of_others(app: Flask) -> None:
    hundred = lay(app)
    browser, token = enter(app)
    ticks = find_ticks(get(browser, LIST).text)

    status, page = decide(browser, token, ticks[:1], verdict="allow")

    assert status == 303 and "The comments of 2 signers are allowed." in page
    assert read(app) == ["allowed", "waiting", "allowed", None]
    with app.app_context():
        events = db.session.scalars(select(Event).where(Event.action == "comment.allowed")).all()
        assert {event.subject_id for event in events} == set(hundred.signature_ids[0:3:2])
        assert all(event.actor.startswith("staff:") for event in events)
        assert not any("83" in str(event.detail) for event in events)


def test_several_rows_are_struck_at_once_and_may_be_allowed_again(app: Flask) -> None:
    lay(app)
    browser, token = enter(app)
    ticks = find_ticks(get(browser, LIST).text)

    _, page = decide(browser, token, ticks, verdict="strike", why="Advertising")
    assert "The comments of 3 signers are struck." in page
    assert read(app) == ["struck"] * 3 + [None]

    struck = get(browser, f"{LIST}?show=struck").text
    status, page = decide(browser, token, find_ticks(struck)[:1], verdict="allow", show="struck")
    assert status == 303 and 'show=struck" aria-current="true"' in page
    assert read(app).count("struck") in (1, 2)


@pytest.mark.parametrize(
    ("verdict", "why", "words"),
    [
        ("strike", " ", "Write why, in a sentence"),
        ("strike", "x" * 501, "Shorten this to 500 characters."),
        ("", "", "Choose Allow or Strike."),
    ],
)
def test_what_is_missing_is_told_and_nothing_typed_or_ticked_is_lost(
    app: Flask, verdict: str, why: str, words: str
) -> None:
    lay(app)
    browser, token = enter(app)
    ticks = find_ticks(get(browser, LIST).text)

    status, page = decide(browser, token, ticks[:1], verdict=verdict, why=why)

    assert status == 422 and words in page
    assert page.count(" checked") == 1 and f'value="{why}"' in page
    assert read(app) == ["waiting"] * 3 + [None]


@pytest.mark.parametrize("tick", ["", "x", "1", "999999-abc", f"{'9' * 30}-a", "-1-a", "²-a"])
def test_a_tick_that_makes_no_sense_changes_nothing(app: Flask, tick: str) -> None:
    lay(app)
    browser, token = enter(app)

    status, _ = decide(browser, token, [tick], verdict="allow")

    assert status in (404, 409, 422)
    assert read(app) == ["waiting"] * 3 + [None]


def test_words_that_were_not_the_ones_read_are_not_allowed(app: Flask) -> None:
    hundred = lay(app)
    browser, token = enter(app)

    status, page = decide(
        browser, token, [f"{hundred.signature_ids[1]}-{'0' * 16}"], verdict="allow"
    )

    assert status == 409 and "Read it again." in page
    assert read(app) == ["waiting"] * 3 + [None]


def test_the_list_is_narrowed_by_campaign_and_goes_on_page_by_page(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comments, "PAGE", 2)
    lay(app, [f"Sentence {number}." for number in range(5)], slug="buses")
    lay(app, ["Of trams."], slug="trams")
    browser, _ = enter(app, RoleName.READER)

    pages = [get(browser, f"{LIST}?campaign=buses&page={number}").text for number in (1, 2, 3)]

    assert [len(re.findall(r"Sentence \d", page)) for page in pages] == [2, 2, 1]
    assert "Page 2 of 3" in pages[1] and 'rel="prev"' in pages[1] and 'rel="next"' in pages[1]
    assert not any("Of trams." in page for page in pages)
    assert "There is no page 9." in get(browser, f"{LIST}?campaign=buses&page=9").text


@pytest.mark.parametrize("query", ["show=x", "campaign=x", "page=-1", "page=x", "page=99999999"])
def test_an_address_that_makes_no_sense_still_shows_a_page(app: Flask, query: str) -> None:
    lay(app)
    browser, _ = enter(app, RoleName.READER)

    assert get(browser, f"{LIST}?{query}").status_code == 200


def test_who_strikes_too_late_reads_that_the_letter_has_gone(app: Flask) -> None:
    hundred = lay(app, comments="all")
    with app.app_context():
        hundred.render(hundred.count())
        assert hundred.send() is DeliveryState.ACCEPTED
    browser, token = enter(app)
    ticks = find_ticks(get(browser, f"{LIST}?show=allowed").text)

    _, page = decide(browser, token, ticks, verdict="strike", why="Late", show="allowed")
    late = get(browser, f"{LIST}?show=late").text

    assert "For 2 of them a letter was already being sent, and stays as it is" in page
    assert "www.evil.example" in late and "sent without it" in late
    assert "There are no comments to read." in get(browser, LIST).text


def test_a_decision_wakes_the_letter_that_waited_for_it(app: Flask) -> None:
    hundred = lay(app, comments="all", comment_wait=48)
    with app.app_context():
        milestone_id = hundred.count()
        store_milestone(milestone_id, hundred.store)
    browser, token = enter(app)

    decide(browser, token, find_ticks(get(browser, LIST).text), verdict="allow")

    with app.app_context():
        jobs = [list(job.args) for job in get_queues().queue(Stage.RENDER).jobs]
    assert jobs == [[milestone_id]]


def test_markup_in_words_is_shown_as_it_was_typed(app: Flask) -> None:
    lay(app, ['<img src=x onerror="alert(1)">', ""])
    browser, _ = enter(app)

    page = get(browser, LIST).text

    assert "&lt;img src=x onerror=" in page and "<img" not in page
