"""Pages of the list of posts under each filter: 50,000 posts, most held by one person."""

import time
from datetime import date

from flask import Flask
from sqlalchemy import insert, text

from bench.rows import Row, run_on_both
from petition.core.extensions import db, transaction
from petition.models import District, Office, Official, Post, Term
from petition.officials.directory.post_filters import UNREACHABLE, VACANT, PostFilters
from petition.officials.directory.post_list import list_posts
from petition.postal.us_states import BY_CODE
from tests.factories import make_campaign, make_district

POSTS = 50_000
PAGES = 40
WARM = 2
TARGET = "<= 100.00"
STATES = sorted(BY_CODE)
FLOOR = text("SELECT id, title FROM posts ORDER BY division_id, key LIMIT 51")


def run() -> list[Row]:
    """Measure on both databases."""
    return run_on_both(_measure)


def list_filters() -> dict[str, PostFilters]:
    """Return what is measured by its name."""
    return {
        "all": PostFilters(),
        "a state": PostFilters(state="WY"),
        "a layer": PostFilters(layer="county"),
        "a district": PostFilters(place="District 4077 "),
        "a post": PostFilters(place="Seat 31234"),
        "a holder": PostFilters(holder="Example31234"),
        "holders by a common word": PostFilters(holder="ada"),
        "vacant": PostFilters(need=VACANT),
        "unreachable": PostFilters(need=UNREACHABLE),
        "a campaign": PostFilters(campaign="bench"),
        "unreachable of a campaign and state": PostFilters(
            campaign="bench", state="MA", need=UNREACHABLE
        ),
        "nothing": PostFilters(place="no such place", holder="nobody"),
    }


def _measure(app: Flask, name: str) -> list[Row]:
    rows: list[Row] = []
    with app.app_context():
        _fill()
        for what, filters in list_filters().items():
            times: list[float] = []
            after: int | None = None
            for number in range(PAGES + WARM):
                started = time.perf_counter()
                page = list_posts(filters, after, needs_email=True)
                db.session.remove()
                if number >= WARM:
                    times.append((time.perf_counter() - started) * 1_000)
                after = page.last
            started = time.perf_counter()
            db.session.execute(FLOOR).all()
            db.session.remove()
            bare = (time.perf_counter() - started) * 1_000
            p95 = sorted(times)[len(times) * 95 // 100]
            rows.append((f"list of posts, {what}, p95, {name}", p95, bare, "ms", p95, TARGET))
    return rows


def _fill() -> None:
    """Store the posts: of a hundred three vacant, two without an address."""
    with transaction() as session:
        make_campaign(session, slug="bench")
        first = make_district(session)
        ids = range(1, POSTS + 1)
        districts, posts, people, offices, terms = [], [], [], [], []
        for number in ids:
            code = STATES[number % len(STATES)]
            division_id = f"{BY_CODE[code].division_id}/county:bench_{number}"
            districts.append(
                {
                    "boundary_set_id": first.boundary_set_id,
                    "layer": "county",
                    "division_id": division_id,
                    "geoid": f"b{number}",
                    "name": f"District {number} North",
                    "state": code,
                    "in_force": True,
                }
            )
            title = f"Seat {number}"
            values = {"id": number, "division_id": division_id, "key": "mayor-1", "title": title}
            posts.append(values | {"role": "mayor", "salutation": "Dear", "is_body": False})
            if number % 100 < 3:
                continue
            family = f"Example{number}"
            people.append(
                {"id": number, "source_id": f"b{number}", "name": f"Ada {family}"}
                | {"given_name": "Ada", "family_name": family}
            )
            terms.append(
                {"post_id": number, "official_id": number, "starts_on": date(2020, 1, 1)}
                | {"ends_on": None, "listed": True}
            )
            email = None if number % 100 < 5 else f"b{number}@county.example"
            offices.append({"official_id": number, "email": email, "address": ["1 Lane"]})
        for model, values_of in (
            (District, districts),
            (Post, posts),
            (Official, people),
            (Term, terms),
            (Office, offices),
        ):
            session.execute(insert(model), values_of)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        vacuum = "VACUUM ANALYZE" if db.engine.dialect.name == "postgresql" else "ANALYZE"
        connection.execute(text(vacuum))
