"""What a preview is asked for in odd ways, and by who may not see it."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from petition.core.extensions import db, transaction
from petition.models import Campaign, CampaignState, District, Post, RoleName
from petition.openings.letter_preview import MOST_NAMES
from tests.factories import make_campaign
from tests.web.staff_world import enter, get
from tests.web.test_staff_attention import enter_scoped
from tests.web.test_staff_previews import CAMPAIGNER, DOCUMENTS, choose, lay, show


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"show": "nothing"}, "Choose what to show."),
        ({"show": "pdf", "district": "Nowhere, MA"}, "No district of the campaign"),
        ({"show": "pdf", "district": "ocd-division/../etc"}, "No district of the campaign"),
        ({"show": "pdf", "district": "a\0b"}, "No district of the campaign"),
        ({"show": "pdf", "layer": "cd"}, "Choose a layer of this campaign."),
        ({"show": "pdf", "layer": "x" * 500}, "Choose a layer of this campaign."),
        ({"show": "pdf", "post": "99999"}, "does not get the campaign"),
        ({"show": "pdf", "post": "-1"}, "does not get the campaign"),
        ({"show": "pdf", "post": "9" * 30}, "does not get the campaign"),
        ({"show": "pdf", "names": "0"}, f"from 1 to {MOST_NAMES}"),
        ({"show": "pdf", "names": f"{MOST_NAMES + 1}"}, f"from 1 to {MOST_NAMES}"),
        ({"show": "pdf", "names": "²"}, f"from 1 to {MOST_NAMES}"),
        ({"show": "letter", "names": "1e3"}, f"from 1 to {MOST_NAMES}"),
    ],
)
def test_odd_input_is_said_beside_its_field(app: Flask, query: dict[str, str], words: str) -> None:
    lay(app)
    browser, _ = enter(app, CAMPAIGNER)

    answer = choose(browser, **query)

    assert answer.status_code == 422
    assert words in answer.text and 'aria-invalid="true"' in answer.text
    assert "<iframe" not in answer.text
    if query["show"] == "pdf":
        framed = show(browser, "letter.pdf", **query)
        assert framed.status_code == 422 and words in framed.text


def test_a_post_of_another_district_is_refused(app: Flask) -> None:
    lay(app)
    with app.app_context():
        post = db.session.scalars(select(Post.id).where(Post.title == "The Other Board")).one()
        name = db.session.scalars(
            select(District.name).where(District.name != "Other County")
        ).one()
    browser, _ = enter(app, CAMPAIGNER)

    assert show(browser, "letter", district=f"{name}, MA", post=post).status_code == 422


@pytest.mark.both_databases  # it starts a process
def test_a_letter_that_cannot_be_laid_out_is_no_error_of_ours(app: Flask) -> None:
    lay(app)
    with app.app_context(), transaction() as session:
        session.execute(update(Campaign).values(letter="Dear {{ nobody }}"))
    browser, _ = enter(app, CAMPAIGNER)

    for document in ("letter", "letter.pdf", "message"):
        answer = show(browser, document)
        assert answer.status_code == 422 and "could not be laid out" in answer.text


def test_without_boundaries_the_page_says_what_is_missing(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="square", state=CampaignState.DRAFT)
    browser, _ = enter(app, CAMPAIGNER)

    answer = choose(browser, show="letter")

    assert answer.status_code == 422 and "Import boundaries first" in answer.text


def test_a_role_for_another_campaign_sees_nothing_of_it(app: Flask) -> None:
    lay(app)
    with app.app_context(), transaction() as session:
        other = make_campaign(session, slug="circle").id
    browser, _ = enter_scoped(app, CAMPAIGNER, other, "one@staff.example")

    for document in DOCUMENTS:
        assert show(browser, document).status_code == 404
    assert choose(browser).status_code == 404
    assert get(browser, "/staff/campaigns/square").status_code == 404
    assert get(browser, "/staff/campaigns/circle/preview").status_code == 200


@pytest.mark.parametrize("role", [RoleName.REVIEWER, RoleName.READER])
def test_who_edits_no_campaign_previews_none(app: Flask, role: RoleName) -> None:
    lay(app)
    browser, _ = enter(app, role)

    for document in DOCUMENTS:
        assert show(browser, document).status_code == 403
