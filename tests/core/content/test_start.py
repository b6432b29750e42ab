"""At a start the store is probed: one that would overwrite is refused, one that is away is not."""

import os
from collections.abc import Callable

import pytest
from flask import Flask

from petition.core.content.location import BucketLocation
from petition.core.content.stores import probe_store
from petition.core.errors import ConfigurationError
from petition.health.findings import Fault
from petition.health.letter_store import check_content, check_content_rights
from tests.core.content.conftest import locate
from tests.core.content.servers import BUCKET, KEY_ID, REGION, SECRET, BucketServer, Front
from tests.forked import run_role
from tests.service import find_port


def set_store(endpoint: str) -> dict[str, str]:
    """Return the settings of the bucket at an endpoint."""
    return {
        "PETITION_STORAGE_URL": f"s3://{BUCKET}/service/one?endpoint={endpoint}&region={REGION}",
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }


def test_the_settings_name_the_bucket(make_app: Callable[..., Flask], before: Front) -> None:
    app = make_app(**set_store(before.endpoint))

    storage = app.extensions["hundredth"].storage
    assert storage == locate(before.endpoint)
    assert isinstance(storage, BucketLocation)
    assert SECRET not in repr(app.extensions["hundredth"])


@pytest.mark.parametrize("role", [("web",), ("worker", "render"), ("worker", "deliver")])
def test_no_role_starts_on_a_server_that_overwrites_in_silence(
    environment: dict[str, str], before: Front, role: tuple[str, ...]
) -> None:
    before.strips_condition = True

    settings = os.environ | environment | set_store(before.endpoint)
    done = run_role(["-m", "petition", *role], settings, timeout=60)

    assert done.returncode == 1
    assert b"does not honor If-None-Match" in done.stderr
    assert SECRET.encode() not in done.stdout + done.stderr


def test_a_store_that_is_away_stops_no_start() -> None:
    away = probe_store(locate(f"http://127.0.0.1:{find_port()}"))

    assert "ConnectionRefusedError" in away


def test_a_store_that_is_well_is_said_to_be_and_nothing_is_left_of_the_look(
    make_app: Callable[..., Flask], before: Front, server: BucketServer
) -> None:
    with make_app(**set_store(before.endpoint)).app_context():
        assert check_content().endswith("answers")
        assert check_content_rights().endswith("written, read, listed and removed")

    assert server.list_keys() == ["service/one/probe.txt"]


def test_the_doctor_says_what_the_keys_may_not_do(
    make_app: Callable[..., Flask], before: Front
) -> None:
    with make_app(**set_store(before.endpoint)).app_context():
        check_content_rights()
        before.statuses = [(403, "AccessDenied")]
        with pytest.raises(Fault, match="the keys are not allowed to do this") as fault:
            check_content_rights()
        before.statuses = [(403, "AccessDenied")]
        with pytest.raises(Fault, match="403"):
            check_content()

    assert "letters wait" in fault.value.remedy


def test_the_doctor_finds_a_server_that_overwrites(
    make_app: Callable[..., Flask], before: Front
) -> None:
    before.strips_condition = True

    with make_app(**set_store(before.endpoint)).app_context():
        with pytest.raises(Fault, match="does not honor If-None-Match"):
            check_content_rights()
    with pytest.raises(ConfigurationError):
        probe_store(locate(before.endpoint))
