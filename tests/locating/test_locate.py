"""The stage on real polygons, on both databases, with real threads where it is raced."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import h3
import pytest
from flask import Flask
from sqlalchemy import select, update
from structlog.testing import capture_logs

from petition.boundaries.boundary_sets import NewSet
from petition.core.clock import utcnow
from petition.core.errors import BoundariesUnavailable, GeocoderUnavailable
from petition.core.extensions import db, transaction
from petition.geocoding import Address, Geocoder, Location, Precision
from petition.geocoding.chain import REGISTRY
from petition.geocoding.zip_centroids import ZipGeocoder
from petition.locating import locate
from petition.locating.address_lookup import find_near
from petition.locating.locate import LocateResult, locate_batch
from petition.models import (
    BoundarySet,
    District,
    Layer,
    Placement,
    Signature,
    SignatureState,
)
from petition.postal.zip_places import known_postal_code
from tests.factories import make_campaign, make_person, make_signature

CAMBRIDGE = {"region": "MA", "postal_code": "02139"}
STREET = "77 Secret Street"


class Scripted(Geocoder):
    """A geocoder of the real protocol that does what a test says."""

    name = "scripted"

    def __init__(self, answer: Callable[[Address], Location]) -> None:
        self.answer = answer

    def locate(self, address: Address) -> Location:
        return self.answer(address)


@pytest.fixture
def use_geocoder(
    monkeypatch: pytest.MonkeyPatch, make_app: Callable[..., Flask]
) -> Callable[..., Flask]:
    """Make an app on the same database whose chain begins with a geocoder that does as told."""

    def use(answer: Callable[[Address], Location], chain: str = "scripted") -> Flask:
        monkeypatch.setitem(REGISTRY, "scripted", lambda settings: Scripted(answer))
        return make_app(PETITION_GEOCODERS=chain)

    return use


def sign(*people: dict[str, str], **campaign: Any) -> list[int]:
    """Store a campaign with a confirmed signature of each; return their ids."""
    with transaction() as session:
        made = make_campaign(session, **campaign)
        signatures = [
            make_signature(session, made, person=make_person(**person)) for person in people
        ]
        return [signature.id for signature in signatures]


def read(signature_id: int) -> Signature:
    db.session.rollback()
    return db.session.get_one(Signature, signature_id, populate_existing=True)


def read_placements() -> list[tuple[int, str, str]]:
    db.session.rollback()
    rows = db.session.execute(
        select(Placement.signature_id, District.name, Placement.found_by)
        .join(District, District.id == Placement.district_id)
        .order_by(Placement.signature_id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def make_due() -> None:
    """Let the leases and the waits run out."""
    with transaction() as session:
        session.execute(
            update(Signature)
            .where(Signature.due_at.is_not(None))
            .values(due_at=utcnow() - timedelta(seconds=1))
        )


def raise_unavailable(address: Address) -> Location:
    raise GeocoderUnavailable("away")


def test_a_confirmed_signature_is_located_and_its_point_is_dropped(counties: int) -> None:
    [signature_id] = sign(CAMBRIDGE | {"street_address": STREET})

    result = locate_batch()

    signature = read(signature_id)
    assert result == LocateResult(1, 1, 0, 0, frozenset({signature.campaign_id}))
    assert (signature.state, signature.due_at, signature.attempt) == ("located", None, 1)
    assert (signature.precision, signature.geocoder) == ("postal", "zip")
    assert signature.cell == h3.latlng_to_cell(42.3647, -71.1042, 7)
    assert signature.review_reason is None
    assert read_placements() == [(signature_id, "Middlesex County", "postal_area")]


def test_a_zip_whose_point_lies_in_the_water_is_located_by_the_table(counties: int) -> None:
    [signature_id] = sign({"region": "MA", "postal_code": "02562"})

    locate_batch()

    assert read(signature_id).state == "located"
    assert read_placements() == [(signature_id, "Barnstable County", "postal_area")]


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ({"region": "MA", "postal_code": "00000"}, "address-not-found"),
        ({"region": "RI", "postal_code": "02139"}, "outside-state"),
        ({"region": "AE", "postal_code": "09001"}, "military-address"),
        ({"region": "FM", "postal_code": "96941"}, "address-not-found"),
        ({"region": "PW", "postal_code": "96940"}, "no-district"),
    ],
)
def test_what_lies_in_no_district_waits_in_review_and_has_no_placement(
    counties: int, person: dict[str, str], reason: str
) -> None:
    [signature_id] = sign(person)

    result = locate_batch()

    signature = read(signature_id)
    assert (result.located, result.review, result.campaign_ids) == (0, 1, frozenset())
    assert (signature.state, signature.review_reason) == ("review", reason)
    assert (signature.due_at, signature.cell) == (None, None)
    assert read_placements() == []


def test_a_layer_that_a_zip_does_not_decide_sends_to_review_for_all_layers(
    counties: int, make_county_set: Callable[..., NewSet], put_in_force: Callable[[NewSet], int]
) -> None:
    put_in_force(make_county_set("MA", scope="ma", layer=Layer.SLDU))
    [signature_id] = sign(CAMBRIDGE, layers=[Layer.COUNTY, Layer.SLDU])

    locate_batch()

    assert read(signature_id).review_reason == "needs-address"
    assert read(signature_id).due_at is None
    # What is certain is kept, and counts nowhere while the other is open.
    assert read_placements() == [(signature_id, "Middlesex County", "postal_area")]


def test_each_campaign_is_located_in_its_own_layers(
    counties: int,
    make_county_set: Callable[..., NewSet],
    put_in_force: Callable[[NewSet], int],
    use_geocoder: Callable[..., Flask],
) -> None:
    put_in_force(make_county_set("MA", scope="ma", layer=Layer.SLDU))
    sign(CAMBRIDGE)
    sign(CAMBRIDGE, layers=[Layer.COUNTY, Layer.SLDU])
    street = Location(42.3647, -71.1042, Precision.STREET, source="scripted")

    with use_geocoder(lambda address: street).app_context():
        result = locate_batch()
        layers = db.session.scalars(select(Placement.layer).order_by(Placement.layer)).all()

    assert len(result.campaign_ids) == 2
    assert layers == ["county", "county", "sldu"]


def test_an_empty_database_keeps_the_signers_confirmed_and_due(context: object) -> None:
    [signature_id] = sign(CAMBRIDGE)

    with pytest.raises(BoundariesUnavailable):
        locate_batch()

    signature = read(signature_id)
    assert (signature.state, signature.attempt) == ("confirmed", 0)
    assert signature.due_at is not None and signature.due_at <= utcnow()


def test_signers_of_a_layer_that_is_not_loaded_stay_confirmed_and_the_others_go_on(
    counties: int,
) -> None:
    [by_county] = sign(CAMBRIDGE)
    [by_senate] = sign(CAMBRIDGE, layers=[Layer.SLDU])

    result = locate_batch()

    assert (result.located, result.retried) == (1, 1)
    assert read(by_county).state == "located"
    assert read(by_senate).state == "confirmed"


def test_a_geocoder_that_is_away_is_no_not_found(
    counties: int, use_geocoder: Callable[..., Flask]
) -> None:
    [signature_id] = sign(CAMBRIDGE)

    with use_geocoder(raise_unavailable).app_context():
        first = locate_batch()
        assert locate_batch() == LocateResult()  # it waits

    signature = read(signature_id)
    assert (first.retried, first.review, first.located) == (1, 0, 0)
    assert (signature.state, signature.review_reason, signature.attempt) == ("confirmed", None, 1)
    assert signature.due_at is not None
    assert 10 <= (signature.due_at - utcnow()).total_seconds() <= 30  # half to all of the base

    make_due()
    assert locate_batch().located == 1


def test_the_wait_grows_with_each_try_up_to_a_limit() -> None:
    waits = [locate.BACKOFF.choose_wait(tries, 30).total_seconds() for tries in (1, 2, 3, 50)]

    assert 15 <= waits[0] <= 30 <= waits[1] <= 60 <= waits[2] <= 120
    assert 150 <= waits[3] <= 300


def test_the_next_geocoder_is_asked_while_the_first_is_away(
    counties: int, use_geocoder: Callable[..., Flask]
) -> None:
    [signature_id] = sign(CAMBRIDGE)

    with use_geocoder(raise_unavailable, "scripted,zip").app_context():
        assert locate_batch().located == 1

    assert read(signature_id).geocoder == "zip"


def test_no_transaction_is_open_while_geocoding(
    counties: int, use_geocoder: Callable[..., Flask]
) -> None:
    sign(CAMBRIDGE)
    seen = []

    def look(address: Address) -> Location:
        seen.append((db.session().in_transaction(), db.engine.pool.checkedout()))
        return ZipGeocoder().locate(address)

    with use_geocoder(look).app_context():
        assert locate_batch().located == 1

    assert seen == [(False, 0)]


def test_no_address_is_logged(counties: int, use_geocoder: Callable[..., Flask]) -> None:
    sign({"region": "MA", "postal_code": "02139", "street_address": STREET})

    def break_down(address: Address) -> Location:
        raise ValueError(f"cannot read {address}")

    app = use_geocoder(break_down)
    with capture_logs() as logged, app.app_context():
        assert locate_batch().retried == 1

    assert "ValueError" in str(logged)
    assert STREET not in str(logged)
    assert "02139" not in str(logged)


def test_a_signature_that_is_withdrawn_meanwhile_is_left_alone(
    counties: int, use_geocoder: Callable[..., Flask]
) -> None:
    [signature_id] = sign(CAMBRIDGE)

    def withdraw_first(address: Address) -> Location:
        with transaction() as session:
            ended = {"state": SignatureState.WITHDRAWN, "ended_at": utcnow(), "due_at": utcnow()}
            session.execute(update(Signature).values(ended))
        return ZipGeocoder().locate(address)

    with use_geocoder(withdraw_first).app_context():
        result = locate_batch()

    assert (result.claimed, result.located, result.review) == (1, 0, 0)
    assert read(signature_id).state == "withdrawn"
    assert read_placements() == []


def test_a_set_that_comes_into_force_meanwhile_sends_the_batch_round_again(
    counties: int,
    make_county_set: Callable[..., NewSet],
    put_in_force: Callable[[NewSet], int],
    use_geocoder: Callable[..., Flask],
) -> None:
    [signature_id] = sign(CAMBRIDGE)
    later = []

    def redistrict(address: Address) -> Location:
        later.append(put_in_force(make_county_set("MA")))
        return ZipGeocoder().locate(address)

    with use_geocoder(redistrict).app_context():
        assert locate_batch().retried == 1
    assert read_placements() == []

    make_due()
    assert locate_batch().located == 1
    [district] = db.session.scalars(select(District).join(Placement)).all()
    assert district.boundary_set_id == later[0]
    assert read(signature_id).state == "located"


def test_a_corrected_address_replaces_the_placements_of_before(counties: int) -> None:
    [signature_id] = sign(CAMBRIDGE)
    locate_batch()
    with transaction() as session:
        signature = session.get_one(Signature, signature_id)
        signature.person = make_person(region="RI", postal_code="02903")
        signature.state = SignatureState.CONFIRMED
        signature.due_at = utcnow()

    locate_batch()

    assert read_placements() == [(signature_id, "Providence County", "postal_area")]


def test_a_worker_that_lost_its_lease_writes_nothing(
    counties: int, use_geocoder: Callable[..., Flask]
) -> None:
    [signature_id] = sign(CAMBRIDGE)
    asked, go_on = Event(), Event()

    def stall(address: Address) -> Location:
        asked.set()
        assert go_on.wait(30)
        # Had it been written, this would show: another county than the signer's own.
        return ZipGeocoder().locate(Address("", "", "MA", "02562"))

    slow = use_geocoder(stall)

    def work_slowly() -> LocateResult:
        with slow.app_context():
            return locate_batch()

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(work_slowly)
        assert asked.wait(30)
        make_due()
        quick = locate_batch()
        go_on.set()
        lost = late.result(30)

    assert (quick.located, lost.claimed, lost.located, lost.review) == (1, 1, 0, 0)
    assert read_placements() == [(signature_id, "Middlesex County", "postal_area")]
    assert read(signature_id).attempt == 2


def test_workers_racing_for_the_same_signatures_locate_each_once(
    app: Flask, counties: int, make_app: Callable[..., Flask]
) -> None:
    ids = sign(*[CAMBRIDGE] * 120)
    others = [app, make_app(), make_app(), make_app()]

    def work(one: Flask) -> list[LocateResult]:
        results = []
        with one.app_context():
            while not results or results[-1].claimed:
                results.append(locate_batch(limit=7))
        return results

    with ThreadPoolExecutor(len(others)) as pool:
        results = [result for batch in pool.map(work, others) for result in batch]

    # A worker may find everything taken for a moment and stop; what it left is still due.
    while (more := locate_batch()).claimed:
        results.append(more)
    assert all(result.claimed <= 7 for result in results[: len(others)])
    assert sum(result.located for result in results) == len(ids)
    assert sum(result.claimed for result in results) == len(ids)
    assert Counter(signature_id for signature_id, _, _ in read_placements()) == Counter(ids)
    assert all(read(signature_id).attempt == 1 for signature_id in ids)


def test_a_batch_is_no_larger_than_its_limit(counties: int) -> None:
    sign(*[CAMBRIDGE] * 5)

    assert [locate_batch(2).claimed for _ in range(4)] == [2, 2, 1, 0]


def test_what_is_not_due_yet_is_left(counties: int) -> None:
    [signature_id] = sign(CAMBRIDGE)
    with transaction() as session:
        session.execute(update(Signature).values(due_at=utcnow() + timedelta(minutes=1)))

    assert locate_batch() == LocateResult()
    assert read(signature_id).state == "confirmed"


@pytest.mark.parametrize(
    ("postal_code", "names"),
    [
        ("02139", ["Middlesex County"]),
        ("02562-1234", ["Barnstable County"]),
        ("00901", ["San Juan Municipio"]),
        ("00000", []),
        ("09001", []),
        ("90012", []),  # California is not loaded here
    ],
)
def test_a_zip_is_looked_up_for_its_county(
    counties: int, postal_code: str, names: list[str]
) -> None:
    place = known_postal_code(postal_code)
    found = find_near(place, [Layer.COUNTY]).districts.values() if place else []
    assert [db.session.get_one(District, found_id).name for found_id in found] == names


def test_a_zip_cannot_be_looked_up_without_boundaries(context: object) -> None:
    assert db.session.scalars(select(BoundarySet)).all() == []
    place = known_postal_code("02139")
    assert place is not None

    with pytest.raises(BoundariesUnavailable):
        find_near(place, [Layer.COUNTY])
