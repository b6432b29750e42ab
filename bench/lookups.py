"""People near a base, beside one SELECT of a bare table of consents with the same index, in turns.

- The people are spread over the country's ZIP codes, more where there are more of them; each
  look-up is from another ZIP code.
- "Found" is the search; "opened" also writes down who is seen and opens up to fifty people.
- ``large``: of a million people instead of 200,000.
"""

import random
import tempfile
import time
from collections.abc import Sequence

import h3
from flask import Flask
from sqlalchemy import text, update

from bench.rows import Row, open_app, open_databases
from petition.core.extensions import db, transaction
from petition.models import Organization
from petition.partners.lookups.near_cells import NearFilter
from petition.partners.lookups.near_people import PAGE, look_up, search
from petition.partners.lookups.origins import REACH_KM, NearOrigin, find_origin
from petition.postal.zip_places import load_postal_codes
from tests.factories import make_campaign, make_offer, make_signature

PEOPLE = 200_000
MILLION = 1_000_000
LOOK_UPS = 60
WARM = 5
# Opening writes down up to fifty people and decrypts them, which the floor does not.
TARGETS = {"found": "<= 5.00", "opened": "<= 40.00"}
BOX = "organization_id = :group AND latitude BETWEEN :south AND :north"
BARE = text(
    f"SELECT id, latitude, longitude FROM bench_consents WHERE latitude IS NOT NULL AND {BOX}"  # noqa: S608
    " AND longitude BETWEEN :west AND :east"
    " ORDER BY (latitude - :y) * (latitude - :y) + (longitude - :x) * (longitude - :x) * 0.6, id"
    f" LIMIT {PAGE + 1}"
)

TABLES = (
    "CREATE TABLE bench_cells (cell varchar(15) PRIMARY KEY, north float, east float)",
    "CREATE TABLE bench_people (cell varchar(15))",
)
# Everybody has the sealed data of one signature, so that it opens for each.
SAME = "campaign_id, seat, person, link_secret, created_at, confirmed_at, proved_at, attempt"
FILLING = (
    f"INSERT INTO signatures ({SAME}, publish_comment, state, cell)"
    f" SELECT {SAME}, publish_comment, 'counted', bench_people.cell"
    " FROM bench_people, (SELECT * FROM signatures WHERE id = :seed) AS seed",
    "INSERT INTO consents (signature_id, offer_id, campaign_id, organization_id, purpose,"
    " given_at, source, unplaced)"
    " SELECT id, :offer, :campaign, :group, 'contact', created_at, 'form', false"
    " FROM signatures WHERE id <> :seed",
    "UPDATE consents SET latitude = bench_cells.north, longitude = bench_cells.east,"
    " unplaced = false FROM signatures, bench_cells"
    " WHERE signatures.id = consents.signature_id AND bench_cells.cell = signatures.cell",
    "CREATE TABLE bench_consents AS SELECT id, organization_id, latitude, longitude FROM consents",
    "CREATE INDEX bench_near ON bench_consents (organization_id, latitude, longitude)"
    " WHERE latitude IS NOT NULL",
)


def run(large: bool = False) -> list[Row]:
    """Measure on both databases."""
    rows: list[Row] = []
    with open_databases() as databases:
        for name, url in databases.items():
            with tempfile.TemporaryDirectory(prefix="hundredth-bench-") as folder:
                app = open_app(url, folder)
                rows += _measure(app, name, MILLION if large else PEOPLE)
                with app.app_context():
                    db.engine.dispose()
    return rows


def _measure(app: Flask, name: str, people: int) -> list[Row]:
    with app.app_context():
        points = _list_points()
        chance = random.Random(5)
        group = _fill(people, points, chance)
        times: dict[str, list[float]] = {"bare": [], "found": [], "opened": []}
        looks = {"bare": _look_bare, "found": _search, "opened": _look}
        for number in range(LOOK_UPS + WARM):
            origin = _move(group, chance.choice(points))
            for what, look in looks.items():
                started = time.perf_counter()
                look(group, origin)
                db.session.remove()
                if number >= WARM:
                    times[what].append((time.perf_counter() - started) * 1_000)
        floor = times.pop("bare")
        return [
            (
                f"{people:,} people near a base {what}, p{share}, {name}",
                _find(ours, share),
                _find(floor, share),
                "ms",
                _find(ours, share) / _find(floor, share),
                TARGETS[what],
            )
            for what, ours in times.items()
            for share in (50, 95)
        ]


def _list_points() -> list[tuple[float, float]]:
    places = load_postal_codes().values()
    found = [(place.latitude, place.longitude) for place in places]
    return [(north, east) for north, east in found if north is not None and east is not None]


def _search(group: int, origin: NearOrigin) -> None:
    search(group, origin, NearFilter())


def _look(group: int, origin: NearOrigin) -> None:
    look_up(group, origin, NearFilter(), actor="partner:1")


def _look_bare(group: int, origin: NearOrigin) -> None:
    south, north, west, east = origin.find_box()
    box = {"south": south, "north": north, "west": west, "east": east}
    values = box | {"group": group, "y": origin.latitude, "x": origin.longitude}
    db.session.execute(BARE, values).all()


def _find(times: Sequence[float], share: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * share // 100)]


def _move(group: int, point: tuple[float, float]) -> NearOrigin:
    with transaction() as session:
        session.execute(
            update(Organization)
            .where(Organization.id == group)
            .values(latitude=point[0], longitude=point[1])
        )
    origin = find_origin(group, REACH_KM)
    db.session.remove()
    assert origin is not None
    return origin


def _fill(people: int, points: Sequence[tuple[float, float]], chance: random.Random) -> int:
    """Add the people past the work of signing, and the bare table; return the organization."""
    with transaction() as session:
        campaign = make_campaign(session)
        offer = make_offer(session, campaign)
        seed = make_signature(session, campaign)
        values = {"seed": seed.id, "offer": offer.id, "campaign": campaign.id}
        values["group"] = offer.organization_id
    cells = [str(h3.latlng_to_cell(*point, 7)) for point in points]
    centers = {cell: h3.cell_to_latlng(cell) for cell in cells}
    with db.engine.begin() as connection:
        for words in TABLES:
            connection.execute(text(words))
        connection.execute(
            text("INSERT INTO bench_cells VALUES (:cell, :north, :east)"),
            [
                {"cell": cell, "north": north, "east": east}
                for cell, (north, east) in centers.items()
            ],
        )
        connection.execute(
            text("INSERT INTO bench_people VALUES (:cell)"),
            [{"cell": chance.choice(cells)} for _ in range(people)],
        )
        for words in FILLING:
            named = {name: values[name] for name in values if f":{name}" in words}
            connection.execute(text(words), named)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        vacuum = "VACUUM ANALYZE" if db.engine.dialect.name == "postgresql" else "ANALYZE"
        connection.execute(text(vacuum))
    return values["group"]
