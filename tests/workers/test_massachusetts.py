"""A letter to each signer's own senator and representative, in Massachusetts as it is.

Skipped where the folder with the real files is not there. Whom a cover must name is found in
another way than the service's: from Open Civic Data's names, which the importers do not read.
"""

import csv
import random
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.boundaries.active_sets import get_boundaries
from petition.boundaries.importing.set_import import Order, import_file
from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.models import (
    Campaign,
    Delivery,
    District,
    LedgerEntry,
    Milestone,
    Placement,
    Signature,
    SignatureState,
)
from petition.officials.rosters.format_detection import read_roster
from petition.officials.rosters.roster_import import import_roster
from petition.postal.zip_places import known_postal_code, load_postal_codes
from petition.redistricting.activation import activate
from petition.signing.sign import sign
from tests.docs.pages import DOCS, read_records
from tests.factories import make_campaign
from tests.geocoding.geoservers import Place, serve
from tests.workers.test_pipeline import work_until_idle
from workers import jobs
from workers.reconcile import reconcile

DATA = Path(__file__).parents[3] / "shared/data/ma"
IDS = DATA / "openstates_geo_ma.yml"
LEGISLATURE = DATA / "openstates_ma_legislature_2026-08.yml"
pytestmark = pytest.mark.skipif(
    not IDS.exists(), reason="the real data of Massachusetts are not beside this tree"
)
LAYERS = ("county", "cousub", "cd119", "sldu", "sldl")
SLUG = "massachusetts"
STEP = 20
PLACES = 15
VACANT = {
    "ocd-division/country:us/state:ma/sldl:1st_franklin",
    "ocd-division/country:us/state:ma/sldl:17th_middlesex",
}
# Each of these lies in more than one house district.
SPLIT = ("02139", "01608", "02703")


@pytest.fixture
def streets() -> dict[str, Place]:
    """What the geocoder of the test knows: 300 invented streets around real ZIP points."""
    chance = random.Random(2026)
    codes = sorted(
        place.postal_code
        for place in load_postal_codes().values()
        if place.state == "MA" and place.latitude is not None
    )
    known = {}
    for number in range(PLACES * STEP):
        place = known_postal_code(codes[(number % PLACES) * 41])
        assert place is not None and place.latitude is not None and place.longitude is not None
        known[f"{number + 1} Example St"] = Place(
            place.latitude + chance.uniform(-0.003, 0.003),
            place.longitude + chance.uniform(-0.003, 0.003),
            "MA",
            place.postal_code,
        )
    return known


@pytest.fixture
def massachusetts(
    streets: dict[str, Place],
    make_app: Callable[..., Flask],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """The state's districts in force, its legislators, and a campaign to both chambers."""
    with serve("census", streets) as server:
        app = make_app(
            PETITION_GEOCODERS="census,zip",
            PETITION_GEOCODER_RATE="1000 per second",
            **server.settings,
        )
        jobs.get_app.cache_clear()
        monkeypatch.setattr(jobs, "create_app", lambda: app)
        with app.app_context():
            for layer in LAYERS:
                ids = IDS if layer.startswith("sld") else None
                stored = import_file(Order(DATA / f"tl2024_25_{layer}.geojson", ids=ids))
                assert stored.boundary_set_id is not None
                activate(stored.boundary_set_id)
            import_roster(read_roster([LEGISLATURE], utcnow().date()))
            with transaction() as session:
                make_campaign(
                    session,
                    slug=SLUG,
                    step=STEP,
                    layers=["sldu", "sldl"],
                    recipients={"sldu": ["upper"], "sldl": ["lower"]},
                )
            yield app
            db.session.remove()
    jobs.get_app.cache_clear()


def read_names() -> Mapping[str, str]:
    """Return who holds each legislative division, by Open Civic Data's own names of them."""
    roster = LEGISLATURE.read_text("utf-8").split("\n---")
    holders = {}
    for person in roster:
        name = re.search(r"^name: (.+)$", person, re.M)
        kind = re.search(r"type: (upper|lower)$", person, re.M)
        label = re.search(r"district: (.+)$", person, re.M)
        if name and kind and label:
            holders[kind[1], label[1].strip("'\"")] = name[1].strip("'\"")
    names = {}
    for layer, kind in (("sldu", "upper"), ("sldl", "lower")):
        with (DATA / f"ocd_us_{layer}_ma.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                told = re.fullmatch(r"Massachusetts (.+) district", row["name"])
                label_ = told[1].replace("&", "and") if told else ""
                if not row["validThrough"] and (kind, label_) in holders:
                    names[row["id"]] = holders[kind, label_]
    return names


def fill_form(number: int, **changes: str) -> dict[str, str]:
    return {
        "given_name": "Ada",
        "family_name": f"Example{number}",
        "email": f"person-{number}@people.example",
    } | changes


def read_cover(delivery_id: int) -> str:
    """Return the first page of a delivered letter as text."""
    path = get_settings().outbox_dir / str(delivery_id) / "letter.pdf"
    done = subprocess.run(
        ["pdftotext", "-layout", "-l", "1", str(path), "-"], capture_output=True, check=True
    )
    return " ".join(done.stdout.decode().split())


def test_each_letter_names_the_right_post_and_person_and_no_bare_zip_counts(
    massachusetts: Flask, streets: dict[str, Place]
) -> None:
    for number, (street, place) in enumerate(streets.items()):
        form = fill_form(number, street_address=street, postal_code=place.postal_code)
        sign(SLUG, form, known_postal_code)
    bare = [
        sign(SLUG, fill_form(1000 + number, postal_code=code), known_postal_code).signature_id
        for number, code in enumerate(SPLIT * STEP)
    ]

    reconcile()
    work_until_idle()
    reconcile()
    work_until_idle()

    names = read_names()
    assert len(names) == 197  # that list misses one, the Second Plymouth and Norfolk
    expected = count_expected(streets)
    rows = db.session.execute(
        select(Delivery.id, Delivery.state, District.division_id, District.layer, District.name)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .join(District, District.id == Milestone.district_id)
    ).all()
    assert Counter(row.division_id for row in rows) == {
        division: people // STEP for division, people in expected.items() if people >= STEP
    }
    assert len({row.layer for row in rows}) == 2 and len(rows) >= 20
    for row in rows:
        if row.division_id in VACANT:
            assert row.state == "held"
            continue
        cover = read_cover(row.id)
        assert row.state == "accepted"
        assert names[row.division_id] in cover, row.name
        assert ("State Senator" if row.layer == "sldu" else "State Representative") in cover
        assert f"residents of the {row.name}, Massachusetts, have signed" in cover

    waiting = db.session.execute(
        select(Signature.id, Signature.review_reason).where(
            Signature.state == SignatureState.REVIEW
        )
    ).all()
    assert {row.id for row in waiting} == set(bare)
    assert {row.review_reason for row in waiting} == {"needs-address"}
    counted = db.session.scalar(select(func.count()).where(LedgerEntry.signature_id.in_(bare)))
    assert counted == 0
    campaign = db.session.scalars(select(Campaign).where(Campaign.slug == SLUG)).one()
    assert campaign.layers == ["sldu", "sldl"]


def count_expected(streets: Mapping[str, Place]) -> Mapping[str, int]:
    """Return how many of the streets lie in each legislative division, by shapely alone."""
    boundaries = get_boundaries(db.session())
    rows = db.session.execute(select(District.id, District.division_id))
    divisions = {row.id: row.division_id for row in rows}
    found: dict[str, int] = defaultdict(int)
    for place in streets.values():
        for layer in ("sldu", "sldl"):
            [district_id] = boundaries.match(layer, [place.longitude], [place.latitude]).tolist()
            found[divisions[district_id]] += 1
    return found


def test_ten_public_addresses_lie_where_the_docs_say(massachusetts: Flask) -> None:
    table = read_records(DOCS / "massachusetts.md", "Place")
    boundaries = get_boundaries(db.session())
    rows = db.session.execute(select(District.id, District.name))
    names = {row.id: row.name for row in rows}

    assert len(table) == 10
    for row in table:
        latitude, longitude = (float(number) for number in row["Point"].split(","))
        for title, layer in (
            ("County", "county"),
            ("City or town", "cousub"),
            ("Congress", "cd"),
            ("Senate", "sldu"),
            ("House", "sldl"),
        ):
            [district_id] = boundaries.match(layer, [longitude], [latitude]).tolist()
            assert names[district_id] == row[title], row["Place"]


def test_a_signature_is_counted_once_in_each_of_its_layers(
    massachusetts: Flask, streets: dict[str, Place]
) -> None:
    street, place = next(iter(streets.items()))
    sign(
        SLUG,
        fill_form(1, street_address=street, postal_code=place.postal_code),
        known_postal_code,
    )

    reconcile()
    work_until_idle()

    rows = db.session.execute(select(LedgerEntry.layer, LedgerEntry.signature_id)).all()
    placed = db.session.scalars(select(Placement.layer)).all()
    assert sorted(row.layer for row in rows) == sorted(placed) == ["sldl", "sldu"]
