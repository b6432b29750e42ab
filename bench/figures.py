"""The figures and the accounts of staff at a million signatures and a million deliveries.

- A page is what a signed-in browser gets, from the request to the last byte. The floor is the page
  of one's own account, which reads a handful of rows.
- The totals are counted in the background: the row tells how long that takes, beside counting the
  rows of both tables.
"""

import tempfile
import time

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from bench.delivery_log import _fill as fill_deliveries
from bench.rows import Row, open_app, open_databases
from petition.core.extensions import db, transaction
from petition.models import Campaign, RoleName
from petition.totals.kept_totals import renew_totals_kept
from tests.factories import make_signature
from tests.health.many import multiply
from tests.web.staff_world import BASE, enter

MILLION = 1_000_000
ACCOUNTS = 2_000
VIEWS = 40
WARM = 3
TARGET = "<= 100.00"
# In the background, and then a rest of twenty times as long.
COUNTED_TARGET = "<= 60.00"
PAGES = {
    "figures": "/staff/figures",
    "figures of a campaign": "/staff/figures?campaign=bench-2",
    "how the service is running": "/staff/figures/service",
    "accounts": "/staff/accounts",
    "an account": "/staff/accounts/1",
}
FLOOR = "/staff/account"
SPREAD = {
    True: "UPDATE signatures SET campaign_id = 1 + id % 3, created_at ="
    " strftime('%Y-%m-%d %H:%M:%f000', created_at, '-' || (id % 300) || ' days'),"
    " precision = CASE id % 4 WHEN 0 THEN 'rooftop' WHEN 1 THEN 'postal' ELSE 'street' END",
    False: "UPDATE signatures SET campaign_id = 1 + id % 3,"
    " created_at = created_at - (id % 300) * interval '1 day',"
    " precision = CASE id % 4 WHEN 0 THEN 'rooftop' WHEN 1 THEN 'postal' ELSE 'street' END",
}
TALLIES = (
    "INSERT INTO tallies (campaign_id, district_id, step, live, joined, updated_at)"
    " SELECT c.id, d.id, 100, d.id % 100, 99, c.created_at FROM campaigns c CROSS JOIN districts d"
)
USERS = (
    "INSERT INTO users (email, active, fs_uniquifier) SELECT 'p' || d.id || '@staff.example',"
    " true, 'bench-' || d.id FROM districts d WHERE d.id <= :many"
)
COUNTED = "SELECT (SELECT count(*) FROM signatures) + (SELECT count(*) FROM attempts)"


def run() -> list[Row]:
    """Measure on both databases."""
    rows: list[Row] = []
    with open_databases() as databases:
        for name, url in databases.items():
            with tempfile.TemporaryDirectory(prefix="hundredth-bench-") as folder:
                app = open_app(url, folder, PETITION_PUBLIC_URL=BASE)
                with app.app_context():
                    fill_deliveries()
                    fill_signatures()
                    rows.append(_measure_counting(name))
                rows += _measure_pages(app, name)
                with app.app_context():
                    db.engine.dispose()
    return rows


def fill_signatures() -> None:
    """Load a million signatures of three campaigns and 300 days, and the accounts."""
    with transaction() as session:
        first = make_signature(session, session.get_one(Campaign, 1), due_at=None).id
    with transaction() as session:
        multiply(session, first, MILLION - 1)
    lite = db.engine.dialect.name == "sqlite"
    # The rule that a signature keeps its campaign would refuse to spread them.
    _allow_moves(lite)
    with db.engine.begin() as connection:
        connection.execute(text(SPREAD[lite]))
        connection.execute(text(TALLIES))
        connection.execute(text(USERS), {"many": ACCOUNTS})
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if lite else "VACUUM ANALYZE"))


def _allow_moves(lite: bool) -> None:
    with db.engine.begin() as connection:
        on = "" if lite else " ON signatures"
        connection.execute(text(f"DROP TRIGGER IF EXISTS signatures_refuse_other_key{on}"))


def _measure_counting(name: str) -> Row:
    started = time.perf_counter()
    assert renew_totals_kept()
    ours = time.perf_counter() - started
    started = time.perf_counter()
    db.session.execute(text(COUNTED)).scalar()
    floor = time.perf_counter() - started
    db.session.remove()
    return f"totals counted in the background, {name}", ours, floor, "s", ours, COUNTED_TARGET


def _measure_pages(app: Flask, name: str) -> list[Row]:
    browser, _ = enter(app, RoleName.ADMIN)
    bare = _find_p95(browser, FLOOR)
    rows: list[Row] = []
    for what, path in PAGES.items():
        ours = _find_p95(browser, path)
        rows.append((f"staff page, {what}, p95, {name}", ours, bare, "ms", ours, TARGET))
    return rows


def _find_p95(browser: FlaskClient, path: str) -> float:
    times = []
    for number in range(VIEWS + WARM):
        started = time.perf_counter()
        answer = browser.get(path, base_url=BASE)
        assert answer.status_code == 200 and answer.data
        if number >= WARM:
            times.append((time.perf_counter() - started) * 1_000)
    return sorted(times)[len(times) * 95 // 100]
