"""Strangers sign with somebody's address: nothing of theirs goes anywhere, and she still signs."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.campaigns.lifecycle import set_state
from petition.core.extensions import db
from petition.mail import get_folder
from petition.models import Letter, Signature, SignatureState, Tally
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.notifications.message_ids import read_named_id
from petition.participants.recent import EXTENSION
from tests.ground import SLUG, fill_form
from tests.letter_store import LetterStore
from tests.letters.samples import read_text
from tests.redistricting.world import send, work
from tests.web.public_world import (
    CAMPAIGN,
    World,
    look_up,
    make_world,
    open_page,
    read_answer,
    read_words,
    sign,
)

EMAIL = "vera@people.example"
OFF = {"minimum_seconds": 0, "proof_of_work": "off", "honeypot": False}
BOXES = dict.fromkeys(("publish_comment", "show_name", "notify", "tell_successor"), "1")
STRANGER = {
    "given_name": "Adolf",
    "family_name": "Fakename",
    "email": EMAIL,
    "postal_code": "02139",
    "locality": "Fakeville",
    "comment": "I will burn it down",
} | BOXES
VERA = fill_form(1) | {"given_name": "Vera", "email": EMAIL, "comment": "Please help us"} | BOXES
BAIT = "your mailbox is full, open https://evil.example/login now"
WORDS = re.compile("Adolf|Fakename|Fakeville|burn it down|evil|mailbox is full")
Later = Callable[[timedelta], None]


def mail(app: Flask) -> list[EmailMessage]:
    """Mail all that is due; return whatever was mailed so far, the oldest first."""
    with app.app_context():
        while mail_batch() or send_batch():
            pass
        files = list(get_folder(app.extensions["hundredth"]).folder.glob("*/message.eml"))
        files.sort(key=lambda file: read_named_id(file.parent.name) or 0)
    found = []
    for file in files:
        message = message_from_bytes(file.read_bytes(), policy=default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def find_link(message: EmailMessage, kind: str) -> str:
    """Return the path of a link that a mail carries."""
    part = message.get_body(("plain",))
    assert part is not None
    return re.findall(rf"https://petition\.example(/{kind}/\S+)", str(part.get_content()))[0]


def spell(message: EmailMessage) -> str:
    """Return all that a mail says, its headers too."""
    parts = [str(part.get_content()) for part in message.walk() if not part.is_multipart()]
    return "\n".join([*(f"{name}: {value}" for name, value in message.items()), *parts])


def press(app: Flask, path: str, button: str = "") -> TestResponse:
    """Press the button of a page that says these words."""
    form = {}
    if button:
        page = open_page(app, path).text
        found = re.search(rf'name="do" value="([^"]*)"[^>]*>{re.escape(button)}', unescape(page))
        assert found, read_words(open_page(app, path))
        form = {"do": found[1]}
    return app.test_client().post(path, data=form)


def read_letters(app: Flask) -> Iterator[str]:
    store = LetterStore(app.extensions["hundredth"].letters_dir)
    for digest in db.session.scalars(select(Letter.sha256)):
        yield read_text(store.read(digest))


def read_public(app: Flask) -> str:
    paths = (CAMPAIGN, f"{CAMPAIGN}/thanks")
    return " ".join([look_up(app).text, *(open_page(app, path).text for path in paths)])


def count(world: World) -> int:
    with world.app.app_context():
        work(world.campaign_id)
        return db.session.scalar(select(Tally.live)) or 0


def read_states(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Signature.state).order_by(Signature.id)))


@pytest.mark.parametrize("strangers", [1, 50])
def test_a_stranger_who_signs_first_says_nothing_in_her_name(app: Flask, strangers: int) -> None:
    world = make_world(app, step=1, confirm_email=True, guards=OFF, comments="all")
    for _ in range(strangers):
        assert sign(app, STRANGER).status_code == 303
    first = mail(app)
    assert sign(app, VERA).status_code == 303
    mails = mail(app)
    assert (len(first), len(mails)) == (1, 2)
    link = find_link(mails[-1], "confirm")
    shown = read_words(open_page(app, link))
    assert "Vera Example1" in shown and "Please help us" in shown and "Adolf" not in shown

    press(app, link)

    assert count(world) == 1
    with app.app_context():
        send(world.campaign_id, laid_out=True)
        (letter,) = read_letters(app)
    assert "Vera Example1" in letter and "Please help us" in letter
    told = "\n".join([letter, read_public(app), *map(spell, mails)])
    assert WORDS.search(told) is None
    page = find_link(mails[-1], "signatures")
    held = open_page(app, page).text + open_page(app, f"{page}/data.json").text
    assert WORDS.search(held) is None


def test_a_stranger_who_signs_without_confirmation_is_neither_shown_nor_mailed_by_name(
    app: Flask,
) -> None:
    world = make_world(app, confirm_email=False, guards=OFF, recent_shown=10)
    assert 'name="show_name"' not in open_page(app, CAMPAIGN).text
    first, again = sign(app, STRANGER), sign(app, VERA)
    count(world)

    assert read_answer(first) == read_answer(again)
    assert WORDS.search(read_public(app)) is None
    (mailed,) = mail(app)
    link = find_link(mailed, "confirm")
    assert "Signed so far: Adolf Fakename, Fakeville." in read_words(open_page(app, link))
    press(app, link, "Replace what I signed as Adolf Fakename")
    assert count(world) == 1
    assert read_states(app) == ["withdrawn", "counted"]
    app.extensions.pop(EXTENSION)  # half a minute later
    assert "Vera E." in open_page(app, CAMPAIGN).text


@pytest.mark.parametrize("confirm_email", [True, False])
def test_bait_that_is_typed_as_a_name_reaches_no_mail(
    app: Flask, make_later: Later, confirm_email: bool
) -> None:
    make_world(app, confirm_email=confirm_email, guards=OFF)
    bait = {"given_name": "Evil Mailbox", "family_name": "Full", "locality": "Evilville"}
    form = STRANGER | bait | {"comment": BAIT}
    sign(app, form)
    sign(app, form)
    app.test_client().post("/signatures/lost", data={"email": EMAIL})
    mails = mail(app)
    make_later(timedelta(days=4))

    mails = mail(app)

    assert len(mails) >= 2
    for message in mails:
        said = spell(message)
        assert re.search("evil|full|Fake", said, re.IGNORECASE) is None
        assert message["To"].addresses[0].display_name == ""
        assert "Hello,\n" in said.replace("\r\n", "\n")


def test_a_mailbox_is_not_flooded_by_whoever_knows_it(app: Flask, make_later: Later) -> None:
    """Day and night, by all that can be asked for, on a campaign that confirms and one that not."""
    make_world(app, confirm_email=True, guards=OFF)
    day: list[int] = []
    for _ in range(9):
        for hour in range(4):
            sign(app, STRANGER | {"comment": f"{hour}"})
            app.test_client().post("/signatures/lost", data={"email": EMAIL})
            mail(app)
            make_later(timedelta(hours=6, minutes=1))
        day.append(len(mail(app)))

    news = [later - before for before, later in zip(day, day[1:], strict=False)]
    asked = [message for message in mail(app) if "<confirm." in message["Message-ID"]]
    reminders = [message for message in mail(app) if "<reminder." in message["Message-ID"]]
    assert max(news) <= 9
    assert len(reminders) <= 10
    assert 9 * 3 <= len(asked) <= 9 * 6


def test_the_seventh_mail_of_a_day_waits_for_the_next(app: Flask, make_later: Later) -> None:
    make_world(app, confirm_email=True, guards=OFF)
    for _ in range(9):
        sign(app, STRANGER)
        mail(app)
    sign(app, VERA)
    assert len(mail(app)) == 6
    make_later(timedelta(hours=23))
    assert len(mail(app)) == 6

    make_later(timedelta(hours=24, minutes=1))

    (*_, last) = mail(app)
    assert "Vera Example1" in read_words(open_page(app, find_link(last, "confirm")))
    assert len(mail(app)) == 7


def test_two_people_of_one_mailbox_sign_and_a_third_only_in_the_place_of_one(app: Flask) -> None:
    world = make_world(app, confirm_email=True, guards=OFF)
    links = []
    for number, name in enumerate(("Vera", "Bob", "Eve"), start=1):
        sign(app, VERA | {"given_name": name})
        messages = mail(app)
        assert len(messages) == number
        links.append(find_link(messages[-1], "confirm"))
    press(app, links[0])
    assert press(app, links[1]).status_code == 422  # the owner has not said whether
    press(app, links[1], "Add a second person")
    assert count(world) == 2

    third = open_page(app, links[2])
    assert "Add a second person" not in third.text
    assert "no more than two can share an e-mail address" in read_words(third)
    refused = app.test_client().post(links[2], data={"do": "add"})
    assert (refused.status_code, count(world)) == (422, 2)
    press(app, links[2], "Replace what I signed as Bob Example1")

    assert count(world) == 2
    assert sorted(read_states(app)) == ["counted", "counted", "withdrawn"]


def test_a_stockpile_that_is_confirmed_after_the_close_counts_nobody(app: Flask) -> None:
    world = make_world(app, step=10, confirm_email=True, guards=OFF)
    for number in range(12):
        sign(app, fill_form(number))
    mails = mail(app)
    with app.app_context():
        set_state(SLUG, "closed")  # type: ignore[arg-type]

    for message in mails:
        link, page = find_link(message, "confirm"), find_link(message, "signatures")
        answers = [
            open_page(app, link),
            press(app, link),
            app.test_client().post(link, data={"do": "add"}),
            app.test_client().post(page, data={"do": "confirm"}),
        ]
        assert [answer.status_code for answer in answers] == [403] * 4
        assert all("This letter closed on" in answer.text for answer in answers)
        assert "closed before you confirmed" in read_words(open_page(app, page))

    assert count(world) == 0
    assert set(read_states(app)) == {SignatureState.PENDING}
    with app.app_context():
        assert list(read_letters(app)) == []


def test_two_posts_at_once_confirm_once(app: Flask) -> None:
    make_world(app, confirm_email=True, guards=OFF)
    sign(app, STRANGER)
    links = [find_link(mail(app)[0], "confirm")]
    sign(app, VERA)
    links.append(find_link(mail(app)[1], "confirm"))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda link: press(app, link).status_code, links * 2))

    assert sorted(read_states(app)) == ["confirmed", "pending"]
    assert set(answers) == {303, 422}
