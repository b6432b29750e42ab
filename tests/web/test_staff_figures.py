"""The pages of figures: of the campaigns that a role covers, as tables and CSV without formulas."""

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Campaign, RoleName
from petition.totals.kept_totals import renew_totals_kept
from petition.totals.total_counts import CampaignTotals
from petition.web.staff.figures.charts import HEIGHT, WIDTH, draw_bars, draw_lines, find_top
from petition.web.staff.figures.figure_pages import describe_length
from petition.web.staff.figures.figure_tables import (
    Scope,
    fold,
    list_days,
    list_returned,
    write_csv,
)
from tests.factories import make_signature
from tests.web.staff_world import enter, get, make_delivery
from tests.web.test_staff_attention import enter_scoped

PAGE = "/staff/figures"
NAMES = ("days", "states", "times", "precision", "bounces", "districts")


def make_figures(app: Flask) -> tuple[int, int]:
    """Lay two campaigns with a letter each, and two more who signed the second."""
    make_delivery(app, title="First title")
    make_delivery(app, slug="other", title="Second title")
    with app.app_context():
        with transaction() as session:
            first, second = session.query(Campaign).order_by(Campaign.id)
            for number in range(2):
                day = utcnow() - timedelta(days=3 * number)
                make_signature(session, second, created_at=day, precision="rooftop")
            ids = first.id, second.id
        renew_totals_kept()
    return ids


def read(browser: FlaskClient, name: str, campaign: str = "") -> list[list[str]]:
    query = f"?campaign={campaign}" if campaign else ""
    answer = get(browser, f"{PAGE}/{name}.csv{query}")
    assert answer.status_code == 200 and answer.mimetype == "text/csv", name
    return list(csv.reader(io.StringIO(answer.text)))


@pytest.mark.both_databases
def test_the_figures_are_shown_and_downloaded_for_all_and_for_one(app: Flask) -> None:
    make_figures(app)
    browser, _ = enter(app, RoleName.READER)

    every, one = get(browser, PAGE), get(browser, f"{PAGE}?campaign=other")

    assert every.status_code == one.status_code == 200
    assert "6 signatures are in force" in every.text and "4 signatures are in force" in one.text
    assert "Figures of Second title" in one.text
    assert every.text.count("<svg viewBox") == 2 and "<title id=" in every.text
    assert [row for row in read(browser, "states") if row[0] == "accepted"] == [["accepted", "2"]]
    assert [row for row in read(browser, "states", "other") if row[1] != "0"][1:] == [
        ["accepted", "1"]
    ]
    assert read(browser, "precision", "other")[1] == ["rooftop", "2"]
    days = read(browser, "days", "other")
    assert [int(row[1]) for row in days[1:]] == [1, 0, 0, 3]
    assert len(read(browser, "districts")) == 3 and len(read(browser, "times")) == 2
    for name in NAMES:
        assert read(browser, name)


@pytest.mark.both_databases
def test_a_role_for_one_campaign_sees_that_campaign(app: Flask) -> None:
    first, _ = make_figures(app)
    browser, _ = enter_scoped(app, RoleName.READER, first, "cy@staff.example")

    page = get(browser, PAGE)

    assert page.status_code == 200 and "First title" in page.text
    assert "Second title" not in page.text and "all campaigns together" not in page.text
    assert "2 signatures are in force" in page.text
    assert len(read(browser, "districts")) == 2
    for path in (f"{PAGE}?campaign=other", f"{PAGE}/days.csv?campaign=other"):
        assert get(browser, path).status_code == 404
    assert get(browser, f"{PAGE}/service").status_code == 403
    assert f'href="{PAGE}"' in page.text and f"{PAGE}/service" not in page.text


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["?campaign=none", "/nothing.csv", "/days.csv?campaign=%00"])
def test_what_is_not_there_is_not_found(app: Flask, path: str) -> None:
    make_figures(app)
    browser, _ = enter(app, RoleName.READER)

    assert get(browser, PAGE + path).status_code == 404


def test_before_the_first_count_and_without_any_row_the_page_says_so(app: Flask) -> None:
    browser, _ = enter(app, RoleName.READER)

    page = get(browser, PAGE)

    assert page.status_code == 200 and "has not counted yet" in page.text
    assert "No bounced letter needs a decision" in page.text
    assert read(browser, "days") == [["day", "signatures"]]


def test_the_service_is_described_without_paths(app: Flask) -> None:
    browser, _ = enter(app, RoleName.READER)

    page = get(browser, f"{PAGE}/service")

    assert page.status_code == 200
    for words in ("Queues", "Scheduler and reconciler", "Disk", "GiB", "No process is running"):
        assert words in page.text
    assert str(app.extensions["hundredth"].data_dir) not in page.text


@pytest.mark.both_databases
@pytest.mark.parametrize("role", [RoleName.READER, RoleName.CAMPAIGNER])
def test_who_needs_no_second_factor_reads_no_small_count_of_a_district(
    app: Flask, role: RoleName
) -> None:
    make_figures(app)
    browser, _ = enter(app, role)
    exact = role != RoleName.READER

    page = get(browser, PAGE).text
    found = [row[4] for row in read(browser, "districts")[1:]]

    assert found == ["2" if exact else "fewer than 10"] * 2
    part = page[page.index(chr(34) + "districts" + chr(34)) :]
    assert (">fewer than 10</td>" in part) is not exact
    assert (">2</td>" in part) is exact


def test_counts_below_ten_are_folded_and_none_stays_none() -> None:
    assert [fold(number) for number in (0, 1, 9, 10, 11)] == [0, *["fewer than 10"] * 2, 10, 11]


def test_no_cell_of_a_csv_is_a_formula() -> None:
    lines = list(write_csv(("a", "b"), [("=1+1", 2), ("@x", -3), ('"quoted"', 0)]))

    assert lines[1:] == ["'=1+1,2\r\n", "'@x,'-3\r\n", '"""quoted""",0\r\n']


def test_days_and_weeks_without_any_are_in_the_tables() -> None:
    totals = CampaignTotals(
        [("2026-02-27", 1), ("2026-03-02", 2)], {}, [], [("2026-02-23", 4), ("2026-03-09", 1)]
    )
    scope = Scope(None, totals)

    assert [row[1] for row in list_days(scope).rows] == [1, 0, 0, 2]
    assert [row[1] for row in list_returned(scope).rows] == [4, 0, 1]


@pytest.mark.parametrize(
    ("values", "top"),
    [([], 1), ([0], 1), ([1], 1), ([2], 2), ([3], 5), ([10], 10), ([11], 20), ([999], 1000)],
)
def test_the_top_of_a_chart_is_a_round_number(values: list[float], top: float) -> None:
    assert find_top(values) == top


def test_charts_stay_inside_of_their_drawing() -> None:
    bars = draw_bars(["a", "b", "c"], [0, 7, 10]).bars
    lines = draw_lines(["a", "b"], [1, 50], [3, 97])

    assert [bar.height for bar in bars] == [0, HEIGHT * 0.7, HEIGHT]
    for bar in bars:
        assert 0 <= bar.x < bar.x + bar.width <= WIDTH and round(bar.y + bar.height) == HEIGHT
    assert len(lines.lines) == 2 and len(lines.dots) == 4 and lines.top == 100
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y, _ in lines.dots)


def test_lengths_are_told_in_their_largest_unit() -> None:
    assert [describe_length(number) for number in (0, 1, 90, 150, 7200, 200_000)] == [
        "0 seconds",
        "1 second",
        "90 seconds",
        "2 minutes",
        "2 hours",
        "2 days",
    ]
