"""People near a base, beside one SELECT of a bare table of consents with the same index, in turns.

- The people are spread over the country's ZIP codes, more where there are more of them; each
  look-up is from another ZIP code.
- "Found" is the search; "opened" also writes down who is seen and opens up to fifty people;
  "found in districts" is the search in a district some 130 km across whose outline has a thousand
  points, as a large county's has; its floor selects from the box around it.
- ``large``: of a million people instead of 200,000.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import replace

import h3
import numpy as np
import shapely
from flask import Flask
from sqlalchemy import text, update

from bench.rows import Row, run_on_both
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import OrganizationBase
from petition.partners.bases.reach_areas import ReachArea
from petition.partners.lookups.near_cells import NearFilter
from petition.partners.lookups.near_people import PAGE, look_up, search
from petition.partners.lookups.origins import REACH_KM, NearOrigin, find_origin
from petition.postal.zip_places import load_postal_codes
from tests.factories import make_base, make_campaign, make_offer, make_signature

PEOPLE = 200_000
MILLION = 1_000_000
LOOK_UPS = 60
WARM = 5
# Opening writes down up to fifty people and decrypts them, which the floor does not.
TARGETS = {"found": "<= 5.00", "opened": "<= 40.00", "found in districts": "<= 8.00"}
DISTRICT_DEGREES = 0.6
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
    return run_on_both(lambda app, name: _measure(app, name, MILLION if large else PEOPLE))


def _measure(app: Flask, name: str, people: int) -> list[Row]:
    with app.app_context():
        points = list_points()
        chance = random.Random(5)
        return measure_look_ups(fill_people(people, points, chance), points, chance, people, name)


def measure_look_ups(
    group: int,
    points: Sequence[tuple[float, float]],
    chance: random.Random,
    people: int,
    name: str,
) -> list[Row]:
    """Look up the people of an organization, from one ZIP code after the other."""
    bare, in_box = "bare", "bare in districts"
    floors = {"found": bare, "opened": bare, "found in districts": in_box}
    looks = {
        bare: _look_bare,
        "found": _search,
        "opened": _look,
        in_box: _look_bare,
        "found in districts": _search,
    }
    times: dict[str, list[float]] = {what: [] for what in looks}
    for number in range(LOOK_UPS + WARM):
        origin = _move(group, chance.choice(points))
        in_districts = _draw_district(origin)
        for what, look in looks.items():
            started = time.perf_counter()
            look(group, in_districts if what.endswith("districts") else origin)
            db.session.remove()
            if number >= WARM:
                times[what].append((time.perf_counter() - started) * 1_000)
    return [
        (
            f"{people:,} people near a base {what}, p{share}, {name}",
            find_share(times[what], share),
            find_share(times[floor], share),
            "ms",
            find_share(times[what], share) / find_share(times[floor], share),
            TARGETS[what],
        )
        for what, floor in floors.items()
        for share in (50, 95)
    ]


def _draw_district(origin: NearOrigin) -> NearOrigin:
    middle = shapely.Point(origin.longitude, origin.latitude)
    outline = middle.buffer(DISTRICT_DEGREES, quad_segs=250)
    return replace(origin, area=ReachArea(["A district"], [], np.array([outline], object)))


def list_points() -> list[tuple[float, float]]:
    """Return the points of the ZIP codes, in degrees."""
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


def find_share(times: Sequence[float], share: int) -> float:
    """Return the time that ``share`` percent of them do not exceed."""
    return sorted(times)[min(len(times) - 1, len(times) * share // 100)]


def _move(group: int, point: tuple[float, float]) -> NearOrigin:
    with transaction() as session:
        session.execute(
            update(OrganizationBase)
            .where(OrganizationBase.organization_id == group, OrganizationBase.ended_at.is_(None))
            .values(ended_at=utcnow())
        )
        make_base(session, group, point)
    origin = find_origin(group, REACH_KM)
    db.session.remove()
    assert origin is not None
    return origin


def fill_people(people: int, points: Sequence[tuple[float, float]], chance: random.Random) -> int:
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
