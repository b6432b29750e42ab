"""What a stranger types into the form reaches no lawmaker and no page unread."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db, get_settings
from petition.models import Delivery, Letter, RoleName
from tests.ground import fill_form, lay_ground
from tests.letter_store import LetterStore
from tests.letters.samples import read_text
from tests.redistricting.world import send, work
from tests.web.public_world import CAMPAIGN, look_up, open_page, sign
from tests.web.staff_world import enter, get

STEP = 10
THREAT = "I will burn your house down."
SPAM = (
    "<img src=x onerror=alert(1)> www.canary-evil.example Buy",
    "ｗｗｗ．canary-evil．com",
    "canary-evil (dot) com",
    "Call canary-evil 6 1 7 5 5 5 0 1 4 2",
    "canary-evil [at] people.example",
)


@pytest.mark.parametrize("comments", ["all", None])
def test_threats_and_links_from_the_form_are_in_no_letter_and_on_no_page(
    app: Flask, make_later: Callable[[timedelta], None], comments: str | None
) -> None:
    changes = {"comments": comments} if comments else {}
    with app.app_context():
        campaign_id, _ = lay_ground(step=STEP, recent_shown=STEP, **changes)
    for number, words in enumerate([THREAT, *SPAM, *[""] * (STEP - 1 - len(SPAM))]):
        form = fill_form(number) | {"comment": words, "publish_comment": "1", "show_name": "1"}
        assert sign(app, form).status_code == 303

    with app.app_context():
        work(campaign_id)
        (delivery_id,) = send(campaign_id, laid_out=True)
        letter = select(Letter.sha256).join(Delivery, Delivery.letter_id == Letter.id)
        digest = db.session.scalars(letter.where(Delivery.id == delivery_id)).one()
        paper = read_text(LetterStore(get_settings().letters_dir).read(digest))
        code = db.session.scalars(select(Delivery)).one().milestone.code
    pages = [open_page(app, path).text for path in (CAMPAIGN, f"/letters/{code}")]
    pages.append(look_up(app).text)

    for text in (paper, *pages):
        assert "burn your house" not in text
        assert "canary" not in text and "onerror=alert" not in text
    assert "6 people wrote in their own words; those comments are not printed here." in paper
    browser, _ = enter(app, RoleName.READER)
    assert THREAT in get(browser, "/staff/comments?show=late").text
