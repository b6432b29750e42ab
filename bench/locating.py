"""Locating beside bare shapely, in one run: points, loading, ZIP signers, the whole stage, memory.

The floor of the matching is what shapely needs for the same answer without any rules: a box query
of the tree, then ``contains_xy`` of the prepared polygons. Times alternate between the two, so that
a noisy machine slows both alike. The stage runs on a migrated SQLite file of its own, beside the
least that any stage would do there: the same writes and the same decryption.
"""

import base64
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
import shapely
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, insert, select, text

from petition import create_app
from petition.boundaries.active_sets import get_boundaries, list_active_sets
from petition.boundaries.importing.set_import import Order, import_file
from petition.boundaries.polygons import Boundaries, LayerBoundaries
from petition.boundaries.shapes import read_shapes, unpack_shapes
from petition.core.clock import utcnow
from petition.core.columns import ROW_SECRET_BYTES
from petition.core.extensions import db, transaction
from petition.core.settings import read_settings
from petition.demo.county_polygons import import_counties
from petition.geocoding import Address
from petition.geocoding.chain import get_chain
from petition.locating.district_matching import find_cell, place_addresses
from petition.locating.locate import BATCH, locate_batch
from petition.models import Campaign, CampaignState, Layer, Person, Signature, SignatureState
from petition.postal.zip_places import load_postal_codes
from petition.redistricting.activation import activate

# What is measured, ours, the floor, the unit of both, ours / floor, what is wanted of that.
Row = tuple[str, float, float, str, float, str]

POINTS = 100_000
# Real districts of one state, where they lie beside this tree.
MASSACHUSETTS = Path(__file__).parents[2] / "shared/data/ma"
SIGNERS = 20_000
ROUNDS = 7
STAGE_ROUNDS = 3
# Wanted of ZIP signers a second, without database and decryption.
ZIP_SIGNERS = 50_000
# A worker with all districts of one state may take this much; here are all counties.
WORKER_MB = 400
# What the two transactions of a batch write.
WRITES = (
    ["UPDATE signatures SET due_at = confirmed_at, attempt = 2 WHERE id BETWEEN :low AND :high"],
    [
        "UPDATE signatures SET state = 'located', due_at = NULL, precision = 'postal',"
        " geocoder = 'zip', cell = '872a30662ffffff' WHERE id BETWEEN :low AND :high",
        "INSERT INTO placements (signature_id, layer, district_id, found_by)"
        " SELECT id, 'county', 1, 'polygon' FROM signatures"
        " WHERE id BETWEEN :low AND :high",
    ],
)


def run() -> list[Row]:
    """Measure and return the rows; takes about half a minute."""
    with tempfile.TemporaryDirectory() as folder, _open_app(folder) as app:
        upgrade()
        _import_counties()
        boundaries = get_boundaries(db.session())
        plain, of_state, bare = _measure_matching(boundaries)
        loading, bare_loading = _measure_loading(app)
        signers = _measure_signers(boundaries)
        stage, least = _measure_stage()
        return [
            _compare("points into counties", plain, bare, "points/s", ">= 0.90"),
            _compare("the same, each within its state", of_state, bare, "points/s", ">= 0.90"),
            *_measure_state(),
            _compare("ZIP signers, without database", signers, ZIP_SIGNERS, "signers/s", ">= 1.00"),
            _compare("the whole stage on SQLite", stage, least, "signers/s", ">= 0.40"),
            _compare("counties from the cached file", loading, bare_loading, "ms", "<= 3.50"),
            _compare(
                "memory, all counties in use", _measure_memory(folder), WORKER_MB, "MB", "<= 1.00"
            ),
        ]


def _import_counties() -> None:
    stored = import_counties()
    assert stored.boundary_set_id is not None
    activate(stored.boundary_set_id)


def _compare(name: str, ours: float, floor: float, unit: str, target: str) -> Row:
    return name, ours, floor, unit, ours / floor, target


@contextmanager
def _open_app(folder: str) -> Iterator[Flask]:
    key = base64.urlsafe_b64encode(bytes(range(32))).decode()
    app = create_app(
        read_settings(
            {
                "SECRET_KEY": "only-for-the-bench-0123456789-abcdefghij",
                "PETITION_DATA_KEY": key,
                "PETITION_PUBLIC_URL": "https://petition.example",
                "PETITION_DATA_DIR": folder,
            }
        )
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def _measure_matching(boundaries: Boundaries) -> tuple[float, float, float]:
    """Points a second: ours, ours within a state each, and bare."""
    longitudes, latitudes, states = _scatter()
    layer = boundaries.layers[Layer.COUNTY]
    ways: list[Callable[[], object]] = [
        lambda: layer.match(longitudes, latitudes),
        lambda: layer.match(longitudes, latitudes, states),
        lambda: _match_bare(layer, longitudes, latitudes),
    ]
    ours, of_state, bare = (POINTS / milliseconds * 1000 for milliseconds in _alternate(ways))
    return ours, of_state, bare


def _measure_state() -> list[Row]:
    """Points of one state in every layer: all US counties, and Massachusetts' own districts."""
    if not MASSACHUSETTS.exists():
        print(f"without {MASSACHUSETTS.name}: the layers of Massachusetts are not measured")
        return []
    for layer in ("cousub", "cd119", "sldu", "sldl"):
        ids = MASSACHUSETTS / "openstates_geo_ma.yml" if layer.startswith("sld") else None
        path = MASSACHUSETTS / f"tl2024_25_{layer}.geojson"
        stored = import_file(Order(path, ids=ids))
        assert stored.boundary_set_id is not None
        activate(stored.boundary_set_id)
    boundaries = get_boundaries(db.session())
    longitudes, latitudes, states = _scatter("MA")

    def match_all() -> object:
        return [boundaries.match(name, longitudes, latitudes, states) for name in boundaries.layers]

    def match_bare() -> object:
        return [_match_bare(layer, longitudes, latitudes) for layer in boundaries.layers.values()]

    ours, bare = (
        POINTS / milliseconds * 1000 for milliseconds in _alternate([match_all, match_bare])
    )
    name = f"{len(boundaries.layers)} layers, counties and one state"
    return [_compare(name, ours, bare, "points/s", ">= 0.90")]


def _match_bare(layer: LayerBoundaries, longitudes: np.ndarray, latitudes: np.ndarray) -> object:
    """What shapely alone needs for the same answer, without any rules."""
    points, candidates = layer._tree.query(shapely.points(longitudes, latitudes))
    inside = shapely.contains_xy(layer._polygons[candidates], longitudes[points], latitudes[points])
    found = np.full(len(longitudes), -1)
    found[points[inside]] = candidates[inside]
    return found


def _measure_loading(app: Flask) -> tuple[float, float]:
    """Milliseconds: from the cached file with every check, and bare from_wkb and tree."""
    [active] = list_active_sets(db.session())
    packed = read_shapes(app.extensions["hundredth"].boundaries_dir, active.digest)
    assert packed is not None
    wkb = shapely.to_wkb(unpack_shapes(packed)[1])

    def load() -> object:
        del app.extensions["hundredth-boundaries"]
        return get_boundaries(db.session())

    def load_bare() -> object:
        polygons = shapely.from_wkb(wkb)
        shapely.prepare(polygons)
        return polygons, shapely.STRtree(polygons)

    ours, bare = _alternate([load, load_bare])
    return ours, bare


def _measure_signers(boundaries: Boundaries) -> float:
    """Signers a second from address to district and cell, once every ZIP has been met.

    - By the processor's time, since what is wanted is a figure and not a ratio: another process
      that wants the processor does not count.
    """
    addresses = [
        Address("", person.locality, person.region, person.postal_code) for person in _make_people()
    ]
    chain = get_chain()

    def place() -> None:
        for start in range(0, SIGNERS, BATCH):
            part = addresses[start : start + BATCH]
            wanted = [[Layer.COUNTY]] * len(part)
            outcomes = place_addresses(part, chain.locate_many(part), wanted, boundaries)
            for outcome in outcomes:
                if outcome.location is not None:
                    find_cell(outcome.location.latitude, outcome.location.longitude)

    place()
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        place()
        seconds.append(time.process_time() - start)
    return SIGNERS / median(seconds)


def _measure_stage() -> tuple[float, float]:
    """Signatures a second: claimed, decrypted, geocoded, matched, written; and at the least.

    - The least: the same rows read, decrypted and changed in two transactions a batch, by ranges
      of ids and with nothing looked up.
    """
    now = utcnow()
    with transaction() as session:
        campaign = Campaign(
            slug="bench",
            title="Bench",
            state=CampaignState.OPEN,
            layers=[Layer.COUNTY],
            letter="",
            organization="Bench",
            created_at=now,
        )
        session.add(campaign)
        session.flush()
        rows = [
            {
                "campaign_id": campaign.id,
                "state": SignatureState.CONFIRMED,
                "seat": 1,
                "email_digest": os.urandom(32),
                "person": person,
                "link_secret": person.bound_to,
                "created_at": now,
                "confirmed_at": now,
                "due_at": now,
            }
            for person in _make_people()
        ]
        session.execute(insert(Signature), rows)

    def start_again() -> None:
        with transaction() as session:
            session.execute(text("DELETE FROM placements"))
            session.execute(text("UPDATE signatures SET state = 'confirmed', due_at = created_at"))

    def work() -> None:
        while locate_batch().claimed:
            pass

    def do_the_least() -> None:
        first, last = db.session.execute(
            select(func.min(Signature.id), func.max(Signature.id))
        ).one()
        for start in range(first, last + 1, BATCH):
            for statements in WRITES:
                with transaction() as session:
                    for statement in statements:
                        session.execute(text(statement), {"low": start, "high": start + BATCH - 1})
            db.session.execute(
                select(Signature.person).where(Signature.id.between(start, start + BATCH - 1))
            ).all()

    ours, least = [], []
    for _ in range(STAGE_ROUNDS):
        for way, times in ((work, ours), (do_the_least, least)):
            start_again()
            times.append(_time(way))
    return SIGNERS / median(ours) * 1000, SIGNERS / median(least) * 1000


def _measure_memory(folder: str) -> float:
    """Megabytes of a fresh process that has loaded all ZIPs and counties, and used them."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_use_memory, (folder,))


def _use_memory(folder: str) -> float:
    with _open_app(folder):
        boundaries = get_boundaries(db.session())
        longitudes, latitudes, states = _scatter()
        boundaries.match(Layer.COUNTY, longitudes, latitudes, states)
        return _read_peak()


def _read_peak() -> float:
    """The most megabytes this process has had resident; getrusage would count its parent's."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell the peak of a process")


def _scatter(state: str | None = None) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Points around those of the ZIPs, so where people live, and the state of each ZIP."""
    generator = np.random.default_rng(7)
    places = [
        place
        for place in load_postal_codes().values()
        if place.latitude is not None and state in (None, place.state)
    ]
    chosen = [places[index] for index in generator.integers(0, len(places), POINTS)]
    points = np.array([(place.longitude, place.latitude) for place in chosen])
    points += generator.normal(0, 0.05, points.shape)
    longitudes, latitudes = points.T.copy()
    return longitudes, latitudes, [place.state for place in chosen]


def _make_people() -> list[Person]:
    """Synthetic people, spread over all ZIPs."""
    generator = np.random.default_rng(11)
    places = list(load_postal_codes().values())
    chosen = [places[index] for index in generator.integers(0, len(places), SIGNERS)]
    return [
        Person(
            "Ada",
            f"Example{n}",
            f"ada{n}@people.example",
            "",
            p.place,
            p.state,
            p.postal_code,
            "",
            bound_to=os.urandom(ROW_SECRET_BYTES),
        )
        for n, p in enumerate(chosen)
    ]


def _alternate(ways: list[Callable[[], object]]) -> list[float]:
    """The least milliseconds of each, taken in turns: what noise adds is never negative."""
    times = [[_time(way) for way in ways] for _ in range(ROUNDS)]
    return [min(column) for column in zip(*times, strict=True)]


def _time(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    for name, ours, floor, unit, ratio, target in run():
        print(f"{name:32} {ours:11,.1f} {floor:11,.1f} {unit:10} {ratio:5.2f}  {target}")
