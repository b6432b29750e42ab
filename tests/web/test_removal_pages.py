"""The page that says why a count went down: in both languages, and the same for none and a few."""

from datetime import timedelta

from flask import Flask

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import PublicRemoval
from tests.web.public_world import CAMPAIGN, make_world, open_page

PAGE = f"{CAMPAIGN}/removals"


def publish(app: Flask, campaign_id: int) -> None:
    today = utcnow().date()
    week, day = timedelta(days=7), timedelta(days=1)
    with app.app_context(), transaction() as session:
        session.add_all(
            PublicRemoval(
                campaign_id=campaign_id, kind=kind, since=since, until=today, people=people
            )
            for kind, since, people in (
                ("left", today - week, 20),
                ("checked", today - day, 110),
                ("read", today - week, 0),
            )
        )


def test_the_campaign_links_to_it_and_without_any_it_says_so(app: Flask) -> None:
    make_world(app)

    assert f'href="{PAGE}"' in open_page(app, CAMPAIGN).text
    page = open_page(app, PAGE).text
    assert "Nothing is listed yet." in page and "<table" not in page


def test_each_period_has_its_days_reason_and_tens(app: Flask) -> None:
    publish(app, make_world(app).campaign_id)

    page = open_page(app, PAGE).text
    spanish = open_page(app, f"{PAGE}?lang=es").text

    assert page.count("<tr>") == 3  # the heading and two periods
    assert "Withdrawn, or erased on request" in page and "about 20" in page
    assert "Removed after a check" in page and "about 110" in page
    assert "Retiradas, o borradas a petición" in spanish and "unas 110" in spanish


def test_a_campaign_that_does_not_exist_has_none(app: Flask) -> None:
    assert open_page(app, "/campaigns/no-such/removals").status_code == 404
