"""What is told of counts holds no small one, and several networks once seen are not taken back."""

import pytest
from flask.ctx import AppContext
from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from petition.core.clock import utcnow
from petition.core.columns import UtcDateTime
from petition.core.extensions import db, transaction
from tests.factories import make_campaign, make_district, make_tally


@pytest.fixture
def ids(context: AppContext) -> dict[str, int]:
    """A campaign and a district with a count that is told."""
    with transaction() as session:
        campaign, district = make_campaign(session), make_district(session)
        make_tally(session, campaign, district, 30)
        return {"campaign": campaign.id, "district": district.id}


def run(sql: str, values: dict[str, int]) -> None:
    with transaction() as session:
        session.execute(text(sql), values)


def test_several_networks_are_never_taken_back(ids: dict[str, int]) -> None:
    with pytest.raises(DBAPIError, match="not taken back"):
        run("UPDATE tallies SET several_networks = (1 = 0), live = live - 1", ids)

    run("UPDATE tallies SET several_networks = (1 = 1), live = live - 1", ids)


@pytest.mark.parametrize("people", [0, 1, 9])
def test_no_count_under_ten_gets_into_the_snapshot(ids: dict[str, int], people: int) -> None:
    values = ids | {"people": people}
    with pytest.raises(IntegrityError, match="people_not_few"):
        run("INSERT INTO public_counts VALUES (:campaign, :district, :people, 0)", values)
    db.session.rollback()

    run("INSERT INTO public_counts VALUES (:campaign, :district, 10, 0)", ids)

    with pytest.raises(IntegrityError, match="people_not_few"):
        run("UPDATE public_counts SET people = :people", {"people": people})


@pytest.mark.parametrize(("people", "several"), [(9, "1 = 1"), (30, "1 = 0")])
def test_no_area_is_told_of_with_too_few_or_from_too_few_networks(
    ids: dict[str, int], people: int, several: str
) -> None:
    sql = text(
        "INSERT INTO area_counts (campaign_id, area, people, counted_at, several_networks, is_told)"
        f" VALUES (:campaign, '842a307ffffffff', {people}, :now, ({several}), (1 = 1))"
    )
    values = {"campaign": ids["campaign"], "now": utcnow()}

    with pytest.raises(IntegrityError, match="told_from_ten"), transaction() as session:
        session.execute(sql.bindparams(bindparam("now", type_=UtcDateTime())), values)


@pytest.mark.parametrize("people", [1, 9, 11, 15])
def test_no_few_removals_are_published(ids: dict[str, int], people: int) -> None:
    sql = (
        "INSERT INTO public_removals (campaign_id, kind, since, until, people)"
        " VALUES (:campaign, 'left', '2026-05-01', '2026-05-02', :people)"
    )
    with pytest.raises(IntegrityError, match="people_in_tens"):
        run(sql, {"campaign": ids["campaign"], "people": people})
    with pytest.raises(IntegrityError, match="number_told"):
        run(sql, {"campaign": ids["campaign"], "people": 0})

    run(sql, {"campaign": ids["campaign"], "people": 10})
