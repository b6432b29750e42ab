"""The migration of a campaign's organizations, with rows: texts become owners and come back."""

import pytest
from flask.ctx import AppContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from petition.core.extensions import db, transaction
from petition.models import CampaignOrganization, Organization
from tests.factories import make_campaign, make_signature

BEFORE = "0030"
SELECT_ALL = (
    "SELECT campaign_id, organization_id, role, position, name FROM campaign_organizations"
    " ORDER BY campaign_id, role, position"
)


@pytest.mark.own_database
def test_owners_and_partners_go_and_come_back(context: AppContext) -> None:
    with transaction() as session:
        riders = Organization(slug="riders", name="Riders Together")
        session.add(riders)
        session.flush()
        signed = make_campaign(session, organization="Riders Together")
        signed.owners[0].organization_id = riders.id
        make_campaign(session, organization="Nobody's")
        session.add(
            CampaignOrganization(
                campaign_id=signed.id, organization_id=riders.id, role="partner", position=1
            )
        )
        make_signature(session, signed)
    both = make_two_owners()
    before = read(SELECT_ALL)
    downgrade(revision=BEFORE)

    assert read("SELECT organization FROM campaigns ORDER BY id") == [
        ("Riders Together",),
        ("Nobody's",),
        ("One & Other",),
    ]
    assert read("SELECT * FROM campaign_partners") == [(1, 1, 1)]
    check_frozen("UPDATE campaigns SET organization = 'Another' WHERE id = 1")
    check_frozen("UPDATE campaigns SET letter = 'Another' WHERE id = 1")
    upgrade()

    joined = [row for row in before if row[0] != both]
    assert read(SELECT_ALL) == [*joined, (both, None, "owner", 0, "One & Other")]
    owner = "campaign_id = 1 AND role = 'owner'"
    check_frozen(f"UPDATE campaign_organizations SET name = 'Another' WHERE {owner}")
    check_frozen(f"DELETE FROM campaign_organizations WHERE {owner}")
    check_frozen("UPDATE campaigns SET letter = 'Another' WHERE id = 1")


def make_two_owners() -> int:
    with transaction() as session:
        campaign = make_campaign(session)
        campaign.owner_names = ["One", "Other"]
        return campaign.id


def check_frozen(change: str) -> None:
    with pytest.raises(DBAPIError, match="what people have signed"), transaction() as session:
        session.execute(text(change))


def read(query: str) -> list[tuple[object, ...]]:
    found = [tuple(row) for row in db.session.execute(text(query))]
    db.session.remove()
    return found
