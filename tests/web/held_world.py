"""A county whose hundred one robot made, for what staff and operators see of it."""

from datetime import timedelta

from flask import Flask

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.counting.brake import look_at
from petition.counting.ledger import count_batch
from petition.models import Campaign, District
from tests.factories import make_campaign, make_district, make_located, make_post

STEP = 10
LOOKS = {"PETITION_BRAKE_NETWORK_SHARE": "40", "PETITION_BRAKE_UNLOADED_SHARE": "60"}


def make_held(app: Flask, robots: int = 6) -> int:
    """Have a hundred held, of which so many came from one network; return its id."""
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session, step=STEP)
            district = make_district(session)
            make_post(session, district)
        return add_hundred(campaign.id, district.id, robots)


def add_hundred(campaign_id: int, district_id: int, robots: int) -> int:
    """Count another hundred of the district and look at it; return its id."""
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        district = session.get_one(District, district_id)
        for number, signature in enumerate(make_located(session, campaign, district, STEP)):
            robot = number < robots
            signature.networks = b"onerobot" if robot else number.to_bytes(8, "big")
            signature.loaded_form = not robot
            signature.form_at = None if robot else utcnow() - timedelta(minutes=number)
    (milestone_id,) = count_batch(campaign_id).milestones
    look_at(milestone_id)
    return milestone_id
