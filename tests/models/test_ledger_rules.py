"""What the ledger points at is there, on PostgreSQL by triggers at a statement."""

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from petition.core.extensions import db, transaction
from petition.counting.ledger import count_batch
from petition.models import Campaign, LedgerEntry, Milestone
from tests.factories import make_campaign, make_district, make_located, make_signature

STEP = 10
INSERT = (
    "INSERT INTO ledger (campaign_id, district_id, ordinal, signature_id, layer, joined_at,"
    " carried_by, left_at) "
)
# One of several rows of a statement breaks the rule, and not the first.
FROM = " FROM ledger WHERE ordinal > 20 ORDER BY ordinal"


@pytest.fixture
def counted(context: AppContext) -> None:
    """Two hundreds of ten, the first of them sealed, and five who wait; one more district."""
    with transaction() as session:
        campaign, district = make_campaign(session, step=STEP), make_district(session)
        make_district(session)
        make_located(session, campaign, district, 2 * STEP + 5)
    count_batch(campaign.id)
    with transaction() as session:
        for change in ("state = 'cleared'", "sealed_at = reached_at"):
            session.execute(text(f"UPDATE milestones SET {change} WHERE number = 1"))  # noqa: S608


def read_rows() -> list[tuple[object, ...]]:
    db.session.rollback()
    columns = (LedgerEntry.ordinal, LedgerEntry.signature_id, LedgerEntry.carried_by)
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(*columns))]


@pytest.mark.parametrize(
    ("statement", "key"),
    [
        (
            INSERT + "SELECT campaign_id, district_id + CASE ordinal WHEN 23 THEN 1 ELSE 0 END,"
            " ordinal + 100, signature_id, layer, joined_at, NULL, joined_at" + FROM,
            "fk_ledger_campaign_id_district_id",
        ),
        (
            INSERT + "SELECT campaign_id, district_id, ordinal + 100,"
            " signature_id + CASE ordinal WHEN 23 THEN 1000 ELSE 0 END, layer, joined_at, NULL,"
            " joined_at" + FROM,
            "fk_ledger_signature_id",
        ),
        (
            INSERT + "SELECT campaign_id, district_id, ordinal + 100, signature_id, layer,"
            " joined_at, CASE ordinal WHEN 23 THEN 3 END, joined_at" + FROM,
            "fk_ledger_campaign_id_district_id_carried_by",
        ),
        (
            "UPDATE ledger SET carried_by = CASE ordinal WHEN 23 THEN 3 ELSE 2 END"
            " WHERE ordinal > 20",
            "fk_ledger_campaign_id_district_id_carried_by",
        ),
    ],
)
def test_the_database_refuses_a_ledger_row_of_nothing(
    counted: None, statement: str, key: str
) -> None:
    before = read_rows()
    told = key if db.engine.dialect.name == "postgresql" else "FOREIGN KEY"

    with pytest.raises(IntegrityError, match=rf"{told}\b"), transaction() as session:
        session.execute(text(statement))

    assert read_rows() == before


@pytest.mark.parametrize(
    "statement",
    [
        # Two who were never named there, in one statement: neither speaks for the other.
        INSERT + "SELECT campaign_id, district_id, ordinal + copies.more, signature_id, layer,"
        " joined_at, 1, joined_at FROM ledger, (SELECT 100 AS more UNION ALL SELECT 200) AS copies"
        " WHERE ordinal = 23",
        "UPDATE ledger SET carried_by = 1 WHERE ordinal IN (22, 23)",
        "UPDATE ledger SET carried_by = CASE ordinal WHEN 23 THEN 1 ELSE 2 END WHERE ordinal > 20",
    ],
)
def test_a_sealed_letter_takes_no_name_whatever_else_a_statement_changes(
    counted: None, statement: str
) -> None:
    before = read_rows()

    with pytest.raises(DBAPIError, match="a sealed letter takes no more names"):
        with transaction() as session:
            session.execute(text(statement))

    assert read_rows() == before


def test_who_was_named_before_and_left_comes_back_to_the_same_letter(counted: None) -> None:
    with transaction() as session:
        session.execute(text("UPDATE ledger SET left_at = joined_at WHERE ordinal = 3"))
        session.execute(
            text(
                INSERT + "SELECT campaign_id, district_id, 99, signature_id, layer, joined_at,"
                " carried_by, NULL FROM ledger WHERE ordinal = 3"
            )
        )

    assert [row for row in read_rows() if row[0] == 99][0][2] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET signature_id = (SELECT max(id) + 1 FROM signatures) WHERE ordinal = 3",
        "UPDATE ledger SET district_id = district_id + 1",
        "UPDATE tallies SET district_id = district_id + 1",
        "UPDATE milestones SET number = number + 10, follows = number + 9, threshold = 10",
        "UPDATE signatures SET id = id + 1000",
        "UPDATE signatures SET campaign_id = campaign_id + 1000",
        "UPDATE campaigns SET id = id + 1000",
        "DELETE FROM campaigns",
        "DELETE FROM tallies",
        "DELETE FROM milestones",
    ],
)
def test_what_the_ledger_points_at_stays_where_it_is(counted: None, statement: str) -> None:
    before = read_rows()

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(statement))

    assert read_rows() == before
    assert db.session.scalar(select(func.count()).select_from(Milestone)) == 2


def test_a_signature_of_no_campaign_is_refused(counted: None) -> None:
    with transaction() as session:
        campaign = make_campaign(session)
        make_signature(session, campaign)
    columns = "state, seat, email_digest, person, publish_comment, created_at, attempt"

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(
            text(
                f"INSERT INTO signatures (campaign_id, {columns})"  # noqa: S608
                " SELECT campaign_id + 1000, state, seat, NULL, person, publish_comment,"
                f" created_at, attempt FROM signatures WHERE campaign_id = {campaign.id}"
            )
        )


def test_a_campaign_that_nobody_has_signed_may_go(context: AppContext) -> None:
    with transaction() as session:
        campaign_id = make_campaign(session).id
    with transaction() as session:
        for table in ("campaign_bills", "campaign_organizations"):
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608
        session.execute(text("DELETE FROM campaigns WHERE id = :id"), {"id": campaign_id})

    assert db.session.get(Campaign, campaign_id) is None
