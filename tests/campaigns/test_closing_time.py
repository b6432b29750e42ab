"""When a campaign closed: by its date or by a person, whichever came first."""

from datetime import timedelta

from flask.ctx import AppContext
from sqlalchemy import select

from petition.campaigns.closing_time import find_close
from petition.campaigns.lifecycle import set_state
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, CampaignState
from tests.factories import make_campaign


def read_close() -> float | None:
    """Return how many hours ago the one campaign closed."""
    campaign = db.session.scalars(select(Campaign)).one()
    at = find_close(campaign, utcnow())
    db.session.rollback()
    return None if at is None else round((utcnow() - at).total_seconds() / 3600, 2)


def test_a_person_closes_it_until_it_is_opened_again(context: AppContext) -> None:
    with transaction() as session:
        slug = make_campaign(session).slug
    assert read_close() is None

    set_state(slug, CampaignState.CLOSED)
    assert read_close() == 0

    set_state(slug, CampaignState.OPEN)
    assert read_close() is None


def test_the_earlier_of_its_date_and_a_person_counts(context: AppContext) -> None:
    with transaction() as session:
        slug = make_campaign(session, closes_at=utcnow() - timedelta(hours=2)).slug
    assert read_close() == 2

    set_state(slug, CampaignState.CLOSED)

    assert read_close() == 2
