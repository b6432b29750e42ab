"""FAULTS 14: a geocoder that is down, slow, limited or wrong turns nobody away and guesses nothing.

Every provider, every fault, through the real chain and over real connections.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from petition.boundaries.polygons import Boundaries
from petition.core import logs
from petition.core.errors import (
    AddressNotFound,
    GeocoderRateLimited,
    GeocoderUnavailable,
    PetitionError,
)
from petition.geocoding import Address, Location, Precision
from petition.geocoding.geocoder import AmbiguousAddress
from petition.locating.district_matching import place_addresses
from petition.models import Layer
from tests.geocoding.chains import make_chain, name_kinds
from tests.geocoding.geoservers import FAULTS, KINDS, GeoServer, Place, Places, serve

HOME = Address("17 Example St", "Cambridge", "MA", "02139")
NEXT_DOOR = Address("19 Example St", "Cambridge", "MA", "02139")
HERE = Place(42.3656, -71.1040, "MA", "02139")
# Some kilometres off, across the river and in another county.
ELSEWHERE = Place(42.3505, -71.0760, "MA", "02139")
BESIDE = Place(42.3657, -71.1041, "MA", "02139")
MIDDLESEX = 25017

Serve = Callable[..., GeoServer]


@pytest.fixture
def start() -> Iterator[Serve]:
    """Start a provider that knows HOME and NEXT_DOOR, or what is given."""
    with ExitStack() as stack:

        def run(kind: str, places: Places | None = None) -> GeoServer:
            known = {"17 Example St": HERE, "19 Example St": HERE} if places is None else places
            return stack.enter_context(serve(kind, known))

        yield run


def review(answer: Location | PetitionError, nation: Boundaries) -> tuple[str | None, bool, int]:
    """Return the reason for a review, whether it is tried again, and in how many districts."""
    [outcome] = place_addresses([HOME], [answer], [[Layer.COUNTY]], nation)
    placed = 0 if outcome.reason or outcome.retry else len(outcome.placements)
    return outcome.reason, outcome.retry, placed


@pytest.mark.parametrize("kind", KINDS)
def test_a_geocoder_that_is_well_places_the_address(
    kind: str, start: Serve, tmp_path: Path, nation: Boundaries
) -> None:
    answer = make_chain(tmp_path, start(kind)).locate(HOME)

    assert (answer.source, answer.region, answer.postal_code) == (kind, "MA", "02139")
    [outcome] = place_addresses([HOME], [answer], [[Layer.COUNTY]], nation)
    assert outcome.placements[Layer.COUNTY].district_id == MIDDLESEX


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_geocoder_that_fails_is_unavailable_and_never_not_found(
    kind: str, fault: str, start: Serve, tmp_path: Path, nation: Boundaries
) -> None:
    server = start(kind)
    server.fault = FAULTS[fault]

    [answer] = make_chain(tmp_path, server).locate_many([HOME])

    assert isinstance(answer, GeocoderUnavailable)
    assert isinstance(answer, GeocoderRateLimited) == fault.startswith("429")
    assert review(answer, nation) == (None, True, 0)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_batch_that_fails_is_unavailable_and_never_not_found(
    fault: str, start: Serve, tmp_path: Path
) -> None:
    server = start("census")
    server.fault = FAULTS[fault]

    answers = make_chain(tmp_path, server, PETITION_LEASE_SECONDS="1").locate_many(
        [HOME, NEXT_DOOR]
    )

    assert "addressbatch" in server.requests[0]
    assert isinstance(answers[0], GeocoderUnavailable)
    # The half of a garbled answer holds the whole row of the other.
    assert isinstance(answers[1], GeocoderUnavailable) or fault == "garbled"
    assert not isinstance(answers[1], AddressNotFound)


@pytest.mark.parametrize("kind", KINDS)
def test_a_geocoder_that_is_not_there_is_unavailable(
    kind: str, start: Serve, tmp_path: Path
) -> None:
    server = start(kind)
    chain = make_chain(tmp_path, server)
    server.server_close()

    with pytest.raises(GeocoderUnavailable):
        chain.locate(HOME)


@pytest.mark.parametrize("kind", KINDS)
def test_a_well_formed_no_is_not_found_and_goes_to_review(
    kind: str, start: Serve, tmp_path: Path, nation: Boundaries
) -> None:
    chain = make_chain(tmp_path, start(kind, {}))

    for answer in (*chain.locate_many([HOME]), *chain.locate_many([HOME, NEXT_DOOR])):
        assert type(answer) is AddressNotFound
        assert review(answer, nation) == ("address-not-found", False, 0)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Place(43.2070, -71.5370, "NH", "02139"), "outside-state"),
        (Place(42.3656, -71.1040, "MA", "02140"), "other-postal-code"),
        (Place(41.0, -60.0, "MA", "02139"), "no-district"),
        (Place(43.2070, -71.5370, "MA", "02139"), "outside-state"),
    ],
    ids=["wrong state", "wrong ZIP", "in the ocean", "another state's point"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_answer_goes_to_review_and_is_counted_nowhere(
    kind: str, place: Place, reason: str, start: Serve, tmp_path: Path, nation: Boundaries
) -> None:
    chain = make_chain(tmp_path, start(kind, lambda street: [place]))

    for answer in (*chain.locate_many([HOME]), *chain.locate_many([HOME, NEXT_DOOR])):
        assert review(answer, nation) == (reason, False, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_two_equal_answers_that_lie_apart_are_not_chosen_from(
    kind: str, start: Serve, tmp_path: Path, nation: Boundaries
) -> None:
    chain = make_chain(tmp_path, start(kind, lambda street: [HERE, ELSEWHERE]))

    [answer] = chain.locate_many([HOME])

    assert isinstance(answer, AmbiguousAddress)
    assert answer.code == "ambiguous-address"
    points = [(place.latitude, place.longitude) for place in answer.candidates]
    assert points == [(HERE.latitude, HERE.longitude), (ELSEWHERE.latitude, ELSEWHERE.longitude)]
    reason, retry, placed = review(answer, nation)
    assert reason
    assert (retry, placed) == (False, 0)


def test_a_tie_in_a_batch_is_ambiguous_without_candidates(
    start: Serve, tmp_path: Path, nation: Boundaries
) -> None:
    server = start("census", {"17 Example St": [HERE, ELSEWHERE], "19 Example St": HERE})

    tie, match = make_chain(tmp_path, server).locate_many([HOME, NEXT_DOOR])

    assert isinstance(tie, AmbiguousAddress)
    assert tie.candidates == ()
    assert review(tie, nation)[1:] == (False, 0)
    assert isinstance(match, Location)


@pytest.mark.parametrize("kind", KINDS)
def test_two_answers_for_one_place_are_one(kind: str, start: Serve, tmp_path: Path) -> None:
    chain = make_chain(tmp_path, start(kind, lambda street: [HERE, BESIDE]))

    assert chain.locate(HOME).latitude == HERE.latitude


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_answers_the_one_in_the_signers_zip_is_taken(
    kind: str, start: Serve, tmp_path: Path
) -> None:
    other = Place(42.4, -71.2, "MA", "02140")
    chain = make_chain(tmp_path, start(kind, lambda street: [other, HERE]))

    assert chain.locate(HOME).postal_code == "02139"


def test_an_ambiguous_address_is_not_settled_by_the_middle_of_its_zip(
    start: Serve, tmp_path: Path
) -> None:
    census = start("census", lambda street: [HERE, ELSEWHERE])
    chain = make_chain(tmp_path, census, PETITION_GEOCODERS="census, zip")

    with pytest.raises(AmbiguousAddress):
        chain.locate(HOME)


def test_an_ambiguous_address_is_settled_by_a_geocoder_that_knows_the_house(
    start: Serve, tmp_path: Path
) -> None:
    census = start("census", lambda street: [HERE, ELSEWHERE])
    chain = make_chain(tmp_path, census, start("nominatim"), PETITION_GEOCODERS="census,nominatim")

    assert chain.locate(HOME).precision == Precision.ROOFTOP


def test_what_the_zip_says_while_the_geocoder_is_down_is_provisional(
    start: Serve, tmp_path: Path
) -> None:
    server = start("census")
    server.fault = FAULTS["500"]
    chain = make_chain(tmp_path, server, PETITION_GEOCODERS="census,zip")

    answer = chain.locate(HOME)

    assert (answer.precision, answer.provisional) == (Precision.POSTAL, True)


def test_one_address_that_a_geocoder_chokes_on_leaves_the_others_alone(
    start: Serve, tmp_path: Path
) -> None:
    server = start("nominatim")
    server.faults = [FAULTS["500"], FAULTS["500"]]  # the first address, and its second try

    answers = make_chain(tmp_path, server).locate_many([HOME, NEXT_DOOR])

    assert name_kinds(answers) == ["GeocoderUnavailable", "Location"]


@pytest.mark.parametrize("fault", [None, *FAULTS])
@pytest.mark.parametrize("kind", KINDS)
def test_no_address_is_in_a_log_an_error_or_what_an_error_came_from(
    kind: str,
    fault: str | None,
    start: Serve,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("json")
    server = start(kind, {})
    server.fault = FAULTS[fault] if fault else None
    secret = Address("4711 Canary Ct Apt 3", "Canaryville", "MA", "02139")
    other = Address("4712 Canary Ct", "Canaryville", "MA", "02139")
    chain = make_chain(tmp_path, server, PETITION_LEASE_SECONDS="1")

    answers = chain.locate_many([secret]) + chain.locate_many([secret, other])

    told = "".join(capsys.readouterr()) + repr((secret, answers))
    for answer in answers:
        assert isinstance(answer, PetitionError)
        told += "".join(traceback.format_exception(answer))
        told += repr((answer.args, answer.__cause__, answer.__context__))
    assert [street for street in server.asked if "CANARY" in street]
    assert "4711" not in told
    assert "Canaryville" not in told
