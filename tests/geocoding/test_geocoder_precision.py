"""Each provider's raw answers become the right precision, state and ZIP."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import geopy
import pytest

from petition.core.errors import AddressNotFound, GeocoderUnavailable, PetitionError
from petition.geocoding import Address, Location, Precision
from petition.geocoding.osm import read_nominatim, read_photon
from petition.geocoding.pelias import read_pelias
from tests.geocoding.chains import make_chain, make_settings, name_kinds
from tests.geocoding.geoservers import KINDS, Place, serve

HOME = Address("17 Example St", "Cambridge", "MA", "02139")
LATITUDE, LONGITUDE = 42.3656, -71.1040
SHORT, LONG = 0.002, 0.02  # degrees: 220 m and 2.2 km


def locate(kind: str, folder: Path, place: Place) -> Location:
    with serve(kind, {"17 Example St": place}) as server:
        return make_chain(folder, server).locate(HOME)


def make_place(detail: str, length: float | None = None, number: str | None = None) -> Place:
    return Place(LATITUDE, LONGITUDE, "MA", "02139", detail, length=length, number=number)


@pytest.mark.parametrize(
    ("place", "precision"),
    [
        (make_place("house"), Precision.ROOFTOP),
        (make_place("house", number="17-19"), Precision.ROOFTOP),
        (make_place("interpolated"), Precision.STREET),
        (make_place("street", SHORT), Precision.STREET),
        (make_place("street", LONG), Precision.LOCALITY),
        (make_place("street"), Precision.LOCALITY),
        (make_place("house", number="71"), Precision.LOCALITY),
        (make_place("city"), Precision.LOCALITY),
        (make_place("postcode"), Precision.POSTAL),
    ],
    ids=[
        "house",
        "range of numbers",
        "interpolated",
        "short street",
        "long street",
        "street of unknown length",
        "another number",
        "city",
        "ZIP",
    ],
)
@pytest.mark.parametrize("kind", ["nominatim", "photon", "pelias"])
def test_an_answer_is_as_precise_as_what_was_found(
    kind: str, place: Place, precision: Precision, tmp_path: Path
) -> None:
    answer = locate(kind, tmp_path, place)

    assert answer.precision == precision
    assert (answer.latitude, answer.longitude) == (LATITUDE, LONGITUDE)
    assert (answer.region, answer.postal_code, answer.source) == ("MA", "02139", kind)


@pytest.mark.parametrize("kind", ["nominatim", "photon", "pelias"])
def test_a_state_or_a_place_abroad_is_no_answer(kind: str, tmp_path: Path) -> None:
    abroad = Place(51.5, -0.1, "MA", "02139", country="gb")

    for place in (make_place("state"), abroad):
        with pytest.raises(AddressNotFound):
            locate(kind, tmp_path, place)


@pytest.mark.parametrize("kind", KINDS)
def test_a_territory_is_named_as_the_post_names_it(kind: str, tmp_path: Path) -> None:
    assert locate(kind, tmp_path, Place(18.4, -66.1, "PR", "00901")).region == "PR"


def test_a_match_of_the_census_is_reckoned_along_the_street(tmp_path: Path) -> None:
    assert locate("census", tmp_path, make_place("house")).precision == Precision.STREET


def test_nominatims_newer_format_is_understood_and_a_territory_by_its_country_alone() -> None:
    raw = {"category": "building", "type": "yes", "place_rank": 30, "address": {}}
    raw["address"] = {"house_number": "17", "country_code": "pr", "postcode": "00901-1234"}

    found = read_nominatim(geopy.Location("", (18.4, -66.1), raw), HOME)

    assert found is not None
    assert (found.precision, found.region, found.postal_code) == ("rooftop", "PR", "00901")


def test_peliass_territories_are_countries_of_their_own() -> None:
    raw = {"properties": {"layer": "locality", "country_a": "PRI", "postalcode": "00901"}}

    found = read_pelias(geopy.Location("", (18.4, -66.1), raw), HOME)

    assert found is not None
    assert (found.precision, found.region) == ("locality", "PR")


@pytest.mark.parametrize(
    ("told", "precision"),
    [
        ({"accuracy": "centroid"}, Precision.STREET),
        ({"accuracy": "point", "confidence": 0.3}, Precision.LOCALITY),
        ({"accuracy": "point", "match_type": "fallback"}, Precision.LOCALITY),
    ],
)
def test_pelias_is_believed_as_far_as_it_believes_itself(
    told: dict[str, object], precision: Precision
) -> None:
    raw = {"properties": {"layer": "address", "housenumber": "17", **told}}

    found = read_pelias(geopy.Location("", (LATITUDE, LONGITUDE), raw), HOME)

    assert found is not None
    assert found.precision == precision


def test_a_photon_that_names_no_state_leaves_it_open() -> None:
    raw = {"properties": {"osm_key": "building", "type": "house", "housenumber": "17"}}

    found = read_photon(geopy.Location("", (LATITUDE, LONGITUDE), raw), HOME)

    assert found is not None
    assert (found.region, found.postal_code) == ("", "")


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_without_a_point_is_no_answer_and_not_the_gulf_of_guinea(
    kind: str, tmp_path: Path
) -> None:
    with pytest.raises(GeocoderUnavailable):
        locate(kind, tmp_path, Place(0.0, 0.0, "MA", "02139"))


def test_the_census_is_asked_for_a_single_address_by_its_parts(tmp_path: Path) -> None:
    with serve("census", {}) as server:
        make_chain(tmp_path, server).locate_many([HOME])

    asked = urlsplit(server.requests[0])
    assert asked.path == "/locations/address"
    assert parse_qs(asked.query) == {
        "street": ["17 EXAMPLE ST"],
        "city": ["CAMBRIDGE"],
        "state": ["MA"],
        "zip": ["02139"],
        "benchmark": ["Public_AR_Current"],
        "format": ["json"],
    }


def test_the_census_client_takes_a_line_as_geopys_own_do(tmp_path: Path) -> None:
    from petition.geocoding.census import Census
    from petition.geocoding.geopy_adapter import make_options

    with serve("census", {"17 Example St": make_place("house")}) as server:
        settings = make_settings(tmp_path, server)
        client = Census(**make_options(settings, "census", lambda answer: True))
        found = client.geocode("17 Example St, Cambridge, MA 02139")

    assert isinstance(found, geopy.Location)
    assert (found.latitude, found.longitude) == (LATITUDE, LONGITUDE)
    assert server.requests[0].startswith("/locations/onelineaddress?")


def test_ten_thousand_and_one_addresses_are_two_files_of_the_census(tmp_path: Path) -> None:
    def find(street: str) -> list[Place]:
        return [make_place("house")] if int(street.split()[0]) % 2 else []

    addresses = [
        Address(f"{number} Example St", "Cambridge", "MA", "02139") for number in range(1, 10_003)
    ]
    with serve("census", find) as server:
        answers = make_chain(tmp_path, server, PETITION_LEASE_SECONDS="600").locate_many(addresses)

    assert [urlsplit(path).path for path in server.requests] == ["/locations/addressbatch"] * 2
    assert set(name_kinds(answers[::2])) == {"Location"}
    assert set(name_kinds(answers[1::2])) == {"AddressNotFound"}


def test_a_row_that_the_census_leaves_out_is_unavailable_and_the_others_are_not(
    tmp_path: Path,
) -> None:
    def leave_out(reply: object) -> object:
        reply.body = b"".join(reply.body.splitlines(keepends=True)[1:])  # type: ignore[attr-defined]
        return reply

    addresses = [Address(f"{n} Example St", "Cambridge", "MA", "02139") for n in (1, 2, 3)]
    with serve("census", lambda street: [make_place("house")]) as server:
        server.fault = leave_out  # type: ignore[assignment]
        answers = make_chain(tmp_path, server).locate_many(addresses)

    assert name_kinds(answers) == ["Location", "Location", "GeocoderUnavailable"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_street_geocoder_is_not_asked_for_a_bare_zip_or_a_box(kind: str, tmp_path: Path) -> None:
    bare = Address("", "Cambridge", "MA", "02139")
    box = Address("PO Box 12", "Cambridge", "MA", "02139")
    with serve(kind, {}) as server:
        alone = make_chain(tmp_path, server).locate_many([bare, box])
        chain = make_chain(tmp_path, server, PETITION_GEOCODERS=f"{kind},zip")
        with_zip = chain.locate_many([bare, box])

    assert server.requests == []
    assert name_kinds(alone) == ["AddressNotFound"] * 2
    assert [place.precision for place in with_zip if isinstance(place, Location)] == ["postal"] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_military_address_is_told_without_asking_anyone(kind: str, tmp_path: Path) -> None:
    soldier = Address("PSC 1 Box 1", "APO", "AE", "09001")
    with serve(kind, {}) as server:
        [answer] = make_chain(tmp_path, server).locate_many([soldier])

    assert server.requests == []
    assert isinstance(answer, PetitionError)
    assert answer.code == "military-address"
