"""The migration of bills, with rows: three columns become a campaign's subject and come back."""

import pytest
from flask.ctx import AppContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from petition.core.extensions import transaction
from tests.factories import make_campaign, make_signature
from tests.models.test_campaign_organizations_migration import check_frozen, read

BEFORE = "0031"
TOLD = {"bill_number": "S.1", "bill_title": "An Act"}
SUBJECTS = (
    "SELECT campaign_id, relation, identifier, title, url FROM campaign_bills"
    " JOIN bills ON bills.id = bill_id ORDER BY campaign_id"
)


@pytest.mark.own_database
def test_bills_go_and_come_back(context: AppContext) -> None:
    with transaction() as session:
        make_signature(session, make_campaign(session, **TOLD))
        make_campaign(session, **TOLD)
        make_campaign(session, bill_url="https://bill.example")
        make_campaign(session)
    before = read(SUBJECTS)
    downgrade(revision=BEFORE)

    assert read("SELECT bill_number, bill_title, bill_url FROM campaigns ORDER BY id") == [
        ("S.1", "An Act", None),
        ("S.1", "An Act", None),
        (None, None, "https://bill.example"),
        (None, None, None),
    ]
    check_frozen("UPDATE campaigns SET bill_number = 'S.2' WHERE id = 1")
    with transaction() as session:
        session.execute(text("UPDATE campaigns SET bill_url = '' WHERE id = 1"))
    upgrade()

    assert read(SUBJECTS) == before
    assert read("SELECT count(*) FROM bills") == [(2,)]
    check_frozen("DELETE FROM campaign_bills WHERE campaign_id = 1")
    check_frozen("UPDATE campaigns SET letter = 'Another' WHERE id = 1")
