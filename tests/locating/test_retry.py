"""What is in review is looked up once more: past kept answers, raced, killed, and once each."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from petition.boundaries.boundary_sets import NewSet
from petition.core.extensions import db, transaction
from petition.locating import retry
from petition.locating.locate import locate_batch
from petition.locating.outcomes import ReviewReason
from petition.locating.retry import look_all_again
from petition.models import Event, Signature
from tests.cli.runner import read_error, run
from tests.factories import make_campaign, make_person, make_signature
from tests.geocoding.geoservers import GeoServer, Place, serve

HERE = Place(42.365643, -71.104086, "MA", "02139")
MISSING = ReviewReason.ADDRESS_NOT_FOUND
ALL = ("signatures", "retry", "--reason", MISSING.value, "--all")


class Map:
    """What a geocoder knows: nothing until it is mended, and then every street."""

    def __init__(self) -> None:
        self.mended = False

    def __call__(self, street: str) -> list[Place]:
        return [HERE] if self.mended else []


@pytest.fixture
def streets() -> Map:
    return Map()


@pytest.fixture
def server(streets: Map) -> Iterator[GeoServer]:
    with serve("nominatim", streets) as running:
        yield running


@pytest.fixture
def service(
    server: GeoServer,
    make_app: Callable[..., Flask],
    make_county_set: Callable[..., NewSet],
    put_in_force: Callable[[NewSet], int],
) -> Flask:
    """An app that asks the server, as quickly as it likes."""
    app = make_app(
        PETITION_GEOCODERS="nominatim",
        PETITION_GEOCODER_RATE="10000 per second",
        **server.settings,
    )
    with app.app_context():
        put_in_force(make_county_set("MA"))
    return app


def lay(app: Flask, number: int, slug: str = "buses") -> list[int]:
    """Store signers of whom no geocoder knows where they live, and look all of them up."""
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session, slug=slug)
            people = [make_person(street_address=f"{n} Example St") for n in range(1, number + 1)]
            made = [make_signature(session, campaign, person=person) for person in people]
            ids = [signature.id for signature in made]
        assert locate_batch().review == number
        return ids


def count_states(app: Flask) -> Counter[str]:
    with app.app_context():
        rows = db.session.execute(select(Signature.state, func.count()).group_by(Signature.state))
        return Counter({state: number for state, number in rows})


def list_called(app: Flask) -> list[int]:
    with app.app_context():
        query = select(Event.subject_id).where(Event.action == "signature.looked_up_again")
        return sorted(db.session.scalars(query))


def locate(app: Flask) -> None:
    with app.app_context():
        while locate_batch(10).claimed:
            pass


def test_answers_that_are_kept_are_not_taken_again(
    service: Flask, server: GeoServer, streets: Map
) -> None:
    ids = lay(service, 3)
    asked = len(server.requests)
    streets.mended = True

    one = run(service, "signatures", "retry", str(ids[0]))
    locate(service)
    assert one.output == f"Signature {ids[0]} will be looked up again.\n"
    assert count_states(service) == {"located": 1, "review": 2}

    rest = run(service, *ALL)
    locate(service)
    assert rest.output.startswith("2 of 2 signatures will be looked up again.")
    assert count_states(service) == {"located": 3}
    assert len(server.requests) == asked + 3
    assert list_called(service) == ids


def test_it_is_narrowed_and_a_dry_run_changes_nothing(service: Flask) -> None:
    lay(service, 2)
    [other] = lay(service, 1, "trains")

    would = json.loads(run(service, *ALL, "--dry-run", "--json").output)
    done = json.loads(run(service, *ALL, "--campaign", "trains", "--json").output)
    none = run(service, "signatures", "retry", "--reason", "no-district", "--all")

    assert (would["waited"], would["again"], would["dry_run"]) == (3, 0, True)
    assert done == {
        "reason": MISSING,
        "campaign": "trains",
        "dry_run": False,
        "waited": 1,
        "again": 1,
    }
    assert list_called(service) == [other]
    assert none.output.startswith("0 of 0 ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--reason", "no-such", "--all"), "address-not-found"),
        (("--all",), "reasons: address-not-found"),
        (("--reason", "no-district"), "--all"),
        (("7", "--all"), "not both"),
    ],
)
def test_what_is_unclear_is_refused_with_the_reasons(
    app: Flask, arguments: tuple[str, ...], words: str
) -> None:
    result = run(app, "signatures", "retry", *arguments)

    assert result.exit_code == 2
    assert words in result.output


def test_a_campaign_that_is_not_there_and_redis_away_change_nothing(
    service: Flask, make_app: Callable[..., Flask], server: GeoServer
) -> None:
    lay(service, 2)
    away = make_app(
        PETITION_GEOCODERS="nominatim", REDIS_URL="unix:///nowhere.sock", **server.settings
    )

    lost = run(service, *ALL, "--campaign", "no-such")
    refused = run(away, *ALL)

    assert "no-such" in read_error(lost)
    assert "Redis does not answer" in read_error(refused)
    assert (lost.exit_code, refused.exit_code) == (1, 1)
    assert count_states(service) == {"review": 2}


def test_two_at_once_beside_locating_workers_look_each_up_once(
    service: Flask, streets: Map, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = lay(service, 60)
    streets.mended = True
    monkeypatch.setattr(retry, "BATCH", 7)

    def call() -> int:
        with service.app_context():
            return look_all_again(MISSING, "cli").again

    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(locate, service) for _ in range(2)]
        calls = [pool.submit(call) for _ in range(2)]
        assert sum(done.result() for done in calls) == 60
        for done in work:
            done.result()
    locate(service)

    assert count_states(service) == {"located": 60}
    assert list_called(service) == ids


@pytest.mark.own_database
def test_one_that_is_killed_is_run_again_and_looks_up_the_rest(
    service: Flask, environment: dict[str, str], server: GeoServer, streets: Map
) -> None:
    ids = lay(service, 5)
    streets.mended = True
    settings = environment | {"PETITION_GEOCODERS": "nominatim"} | dict(server.settings)
    command = [sys.executable, "-m", "tests.locating.retry_worker"]
    with subprocess.Popen(
        command, env=os.environ | settings, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline().strip() not in ("within", ""):
            pass
        process.kill()
    assert list_called(service) == ids[:2]

    again = run(service, *ALL)
    locate(service)

    assert again.output.startswith("3 of 3 ")
    assert count_states(service) == {"located": 5}
    assert list_called(service) == ids
