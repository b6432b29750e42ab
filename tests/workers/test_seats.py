"""Odd seats through real jobs: one chamber, outside places, under a floterial, at large."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from shapely import box, to_wkb
from sqlalchemy import func, select, update

from petition.boundaries.boundary_sets import NewDistrict, activate_set, make_set, store_set
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.progress import read_total
from petition.geocoding.geocoder import Address
from petition.locating.layer_matches import match_address
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    District,
    LedgerEntry,
    Milestone,
    Post,
    PostRole,
    Signature,
    SignatureState,
    Tally,
)
from petition.postal.zip_places import known_postal_code
from petition.signing.sign import sign
from tests.factories import make_campaign, make_post, renew_counts
from tests.geocoding.geoservers import Place, serve
from tests.ground import UNHELD
from tests.workers.test_pipeline import work_until_idle
from workers import jobs
from workers.reconcile import reconcile

US = "ocd-division/country:us"
NE, MA, NH = f"{US}/state:ne", f"{US}/state:ma", f"{US}/state:nh"
STREETS = {
    "1 Example St": Place(41.26, -95.94, "NE", "68102"),
    "2 Example St": Place(42.19, -72.94, "MA", "01008"),  # Blandford, far from any city
    "3 Example St": Place(42.36, -71.06, "MA", "02108"),
    "4 Example St": Place(43.52, -71.47, "NH", "03246"),
    "5 Example St": Place(43.52, -71.37, "NH", "03246"),
}
CHAMBERS = {
    "sldu": [
        ("31011", f"{NE}/sldu:11", "NE", box(-96.1, 41.1, -95.8, 41.4)),
        ("25D01", f"{MA}/sldu:all", "MA", box(-73.5, 41.5, -70.0, 42.9)),
        ("33001", f"{NH}/sldu:1", "NH", box(-72.5, 42.7, -70.7, 45.3)),
    ],
    "sldl": [
        ("25001", f"{MA}/sldl:all", "MA", box(-73.5, 41.5, -70.0, 42.9)),
        ("33001", f"{NH}/sldl:belknap_1", "NH", box(-71.5, 43.4, -71.42, 43.6)),
        ("33002", f"{NH}/sldl:belknap_2", "NH", box(-71.42, 43.4, -71.3, 43.6)),
        ("33008", f"{NH}/sldl:belknap_8", "NH", box(-71.5, 43.4, -71.3, 43.6)),
    ],
    "place": [
        ("2507000", f"{MA}/place:boston", "MA", box(-71.2, 42.3, -71.0, 42.4)),
        ("3137000", f"{NE}/place:omaha", "NE", box(-96.1, 41.1, -95.8, 41.4)),
        ("3340180", f"{NH}/place:laconia", "NH", box(-71.9, 43.9, -71.8, 44.0)),
    ],
}
OVER = f"{NH}/sldl:belknap_8"


@pytest.fixture
def seats(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Districts of three layers with a board each, and geocoded streets; no file of states."""
    with serve("census", STREETS) as server:
        app = make_app(
            PETITION_GEOCODERS="census,zip",
            PETITION_GEOCODER_RATE="1000 per second",
            **UNHELD,
            **server.settings,
        )
        jobs.get_app.cache_clear()
        monkeypatch.setattr(jobs, "create_app", lambda: app)
        with app.app_context():
            for layer, rows in CHAMBERS.items():
                lay(layer, rows)
            yield app
            db.session.remove()
    jobs.get_app.cache_clear()


def lay(layer: str, rows: list[tuple[str, str, str, object]]) -> None:
    districts = [
        NewDistrict(geoid, division, division.rsplit(":", 1)[1], state, to_wkb(shape))
        if division != OVER
        else NewDistrict(geoid, division, "Belknap 8", state, to_wkb(shape), overlays=True)
        for geoid, division, state, shape in rows
    ]
    with transaction() as session:
        stored, _ = store_set(session, make_set(layer, "us", "test", districts), actor="test")
        activate_set(session, stored, utcnow().date(), actor="test")
        for district in session.scalars(
            select(District).where(District.boundary_set_id == stored.id)
        ):
            make_post(session, district)


def open_campaign(*layers: str, step: int = 1, **changes: object) -> str:
    with transaction() as session:
        return make_campaign(session, layers=list(layers), step=step, **changes).slug


def sign_from(slug: str, number: int, postal_code: str, region: str, street: str = "") -> None:
    form = {
        "given_name": "Ada",
        "family_name": f"Example{number}",
        "email": f"person-{number}@people.example",
        "postal_code": postal_code,
        "region": region,
        "street_address": street,
    }
    sign(slug, form, known_postal_code)


def sign_at(slug: str, number: int) -> None:
    place = STREETS[f"{number} Example St"]
    sign_from(slug, number, place.postal_code, place.region, f"{number} Example St")


def work() -> None:
    for _ in range(2):
        reconcile()
        work_until_idle()
    db.session.remove()


def read_counted() -> list[str]:
    """Return the divisions of the live ledger rows, each once a row."""
    rows = db.session.scalars(
        select(District.division_id)
        .join(LedgerEntry, LedgerEntry.district_id == District.id)
        .where(LedgerEntry.left_at.is_(None))
    )
    return sorted(division.removeprefix(f"{US}/") for division in rows)


def read_letters() -> list[str]:
    """Return the divisions whose posts were written to, each once a letter."""
    rows = db.session.execute(
        select(Post.division_id, Delivery.state).join(Delivery, Delivery.post_id == Post.id)
    ).all()
    assert {row.state for row in rows} <= {DeliveryState.ACCEPTED}
    return sorted(row.division_id.removeprefix(f"{US}/") for row in rows)


def test_each_is_counted_where_they_can_be_and_each_post_gets_one_letter(seats: Flask) -> None:
    with transaction() as session:
        for key in ("governor", "senator-1", "senator-2"):
            make_state_post(session, f"{NE}", key)
    slug = open_campaign("place", "state", "sldu", "sldl")

    for number in (1, 2, 4):
        sign_at(slug, number)
    work()

    assert read_counted() == sorted(
        [
            "state:ne",
            "state:ne/place:omaha",
            "state:ne/sldu:11",
            "state:ma",
            "state:ma/sldu:all",
            "state:ma/sldl:all",
            "state:nh",
            "state:nh/sldu:1",
            "state:nh/sldl:belknap_1",
            "state:nh/sldl:belknap_8",
        ]
    )
    assert read_letters() == sorted(
        [
            *["state:ne"] * 3,
            "state:ne/place:omaha",
            "state:ne/sldu:11",
            "state:ma/sldu:all",
            "state:ma/sldl:all",
            "state:nh/sldu:1",
            "state:nh/sldl:belknap_1",
            "state:nh/sldl:belknap_8",
        ]
    )


def make_state_post(session: object, division: str, key: str) -> None:
    state = District(division_id=division, name="Nebraska")
    make_post(session, state, key=key)  # type: ignore[arg-type]


def test_a_campaign_to_the_lower_chamber_alone_reaches_the_one_chamber_there_is(
    seats: Flask,
) -> None:
    slug = open_campaign("sldl")

    sign_at(slug, 1)
    sign_at(slug, 3)
    work()

    assert read_counted() == ["state:ma/sldl:all", "state:ne/sldu:11"]
    assert read_letters() == ["state:ma/sldl:all", "state:ne/sldu:11"]


def test_at_large_is_counted_by_a_zip_alone_without_any_polygon_of_states(seats: Flask) -> None:
    slug = open_campaign("state")

    sign_from(slug, 1, "00901", "PR")
    sign_from(slug, 2, "20001", "DC")
    sign_from(slug, 3, "02108", "MA", "99 Nowhere St")
    work()

    assert read_counted() == ["district:dc", "state:ma", "territory:pr"]


def test_a_layer_that_is_not_loaded_is_waited_for(seats: Flask) -> None:
    slug = open_campaign("state", "county")

    sign_at(slug, 1)
    work()

    assert read_counted() == []
    assert db.session.scalars(select(Signature.state)).one() == SignatureState.CONFIRMED


def test_who_lives_outside_all_districts_of_the_only_layer_is_looked_at(seats: Flask) -> None:
    slug = open_campaign("place")

    sign_at(slug, 2)
    work()

    assert db.session.scalars(select(Signature.review_reason)).one() == "no-district"


def test_totals_count_signatures_and_milestones_stay_exact_where_districts_overlap(
    seats: Flask,
) -> None:
    slug = open_campaign("sldl", step=10)
    for number in range(60):
        place = "4 Example St" if number % 2 else "5 Example St"
        sign_from(slug, number, "03246", "NH", place)
    work()
    with transaction() as session:  # as if they had come from everywhere
        session.execute(update(Tally).values(several_networks=True))
    renew_counts()

    campaign = db.session.scalars(select(Campaign).where(Campaign.slug == slug)).one()
    total = read_total(campaign)
    live = dict(
        db.session.execute(
            select(District.division_id, Tally.live).join(Tally, Tally.district_id == District.id)
        ).all()
    )
    numbers = db.session.execute(
        select(District.division_id, func.count())
        .join(Milestone, Milestone.district_id == District.id)
        .group_by(District.division_id)
    ).all()
    assert live == {f"{NH}/sldl:belknap_1": 30, f"{NH}/sldl:belknap_2": 30, OVER: 60}
    assert dict(numbers) == {f"{NH}/sldl:belknap_1": 3, f"{NH}/sldl:belknap_2": 3, OVER: 6}
    assert (total.people, total.is_exact, total.is_rounded) == (60, False, True)


def test_a_campaign_to_the_chambers_by_role_writes_to_the_only_one_once(seats: Flask) -> None:
    with transaction() as session:
        post = session.scalars(select(Post).where(Post.division_id == f"{NE}/sldu:11")).one()
        post.role = PostRole.LEGISLATURE
    chambers = {"sldu": ["upper"], "sldl": ["lower"]}
    slug = open_campaign("sldu", "sldl", recipients=chambers)

    sign_at(slug, 1)
    work()

    assert read_letters() == ["state:ne/sldu:11"]


def test_a_match_names_the_only_chamber_and_the_districts_that_lie_over(seats: Flask) -> None:
    def match(number: int) -> list[str]:
        place = STREETS[f"{number} Example St"]
        address = Address(f"{number} Example St", "", place.region, place.postal_code)
        return match_address(address, ["sldl"])["sldl"].districts

    assert match(1) == [f"{NE}/sldu:11"]
    assert match(4) == [f"{NH}/sldl:belknap_1", OVER]
