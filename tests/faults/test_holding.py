"""FAULT 27: nothing that anybody sends, and no host that is mute, holds the pages."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from flask import Flask

from petition.core.extensions import db
from tests.attacks import ATTACKS, PATIENCE, attack, open_mute_hosts
from tests.ground import SLUG, fill_form, lay_ground
from tests.service import Service

# The promise is one second. Tests run side by side on a busy machine: most keep it, all keep this.
LONGEST = 8.0
PROMISED = 1.0


@pytest.fixture
def held(app: Flask, environment: dict[str, str], tmp_path: Path) -> Iterator[Service]:
    """The service with a mail server and a geocoder that take connections and say nothing."""
    with app.app_context():
        lay_ground()
        db.session.remove()
    with open_mute_hosts() as changes, ExitStack() as stack:
        service = Service(environment | changes, tmp_path / "service.log")
        stack.callback(service.stop)
        service.start_all()
        yield service
    print(service.log.read_text()[-4000:])  # noqa: T201


@pytest.mark.timeout(600)
def test_pages_answer_and_signing_goes_on_whoever_attacks(held: Service, rounds: int) -> None:
    number = 0
    for name in ATTACKS:
        times, statuses = [], []
        with attack(held.url, name):
            for _ in range(5 * rounds):
                number += 1
                began = time.monotonic()
                requests.get(f"{held.url}/healthz", timeout=PATIENCE).raise_for_status()
                times.append(time.monotonic() - began)
                statuses.append(held.sign(SLUG, fill_form(number)))

        assert set(statuses) == {303}, name
        assert sorted(times)[len(times) // 2] < PROMISED, name
        assert max(times) < LONGEST, name
