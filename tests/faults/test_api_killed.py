"""Signatures sent by the API while its pages are killed: each is stored once, and none is lost.

Several programs post at once with idempotency keys, and send again whatever was not answered. A
round has 150 rows, and many rounds two kills; ``--rounds 334`` sends 50,000 rows.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select

from petition.core.extensions import db
from petition.models import ApiWrite, Signature
from tests.ground import lay_ground
from tests.service import Service, wait_until
from tests.web.api.world import API, RECORD, make_api_token, make_organization, write_signature

ROWS = 150
PROGRAMS = 4
# More than the signings of a mail domain that are allowed: each address has one of its own.
DOMAINS = 25
PATIENCE = 120


@pytest.fixture
def service(app: Flask, environment: dict[str, str], tmp_path: Path) -> Iterator[Service]:
    """The pages alone: nothing else takes part in recording."""
    limits = {"PETITION_API_LIMIT": "10000000 per minute", "PETITION_WEB_WORKERS": "2"}
    made = Service(environment | limits, tmp_path / "service.log")
    made.start_valkey()
    yield made
    made.stop()


def write_row(number: int) -> dict[str, object]:
    """Return a signature of an address that no other row has."""
    body = write_signature(number)
    address = f"p{number}@d{number // DOMAINS}.example"
    body["person"]["email_addresses"] = [{"address": address}]
    return body


def send(service: Service, token: str, numbers: range, over: threading.Event) -> Counter[str]:
    """Post rows, each until it is answered; count the answers of each kind."""
    told: Counter[str] = Counter()
    with requests.Session() as session:
        for number in numbers:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"row-{number}"}
            until = time.monotonic() + PATIENCE
            while not over.is_set():
                assert time.monotonic() < until, f"row {number} was never answered"
                try:
                    answer = session.post(
                        f"{service.url}{API}{RECORD}",
                        json=write_row(number),
                        headers=headers,
                        timeout=30,
                    )
                except requests.RequestException:
                    told["lost"] += 1
                    time.sleep(0.2)
                    continue
                if answer.status_code == 202:
                    again = "Idempotency-Replayed" in answer.headers
                    told["replayed" if again else "stored"] += 1
                    break
                # Being done, or nothing can be stored at this moment; 60 s after a kill at most.
                assert answer.status_code in (409, 429, 503), answer.text
                told[str(answer.status_code)] += 1
                time.sleep(min(2.0, float(answer.headers.get("Retry-After", 1))))
    return told


@pytest.mark.timeout(7200)
def test_rows_sent_while_the_pages_are_killed_are_each_stored_once(
    app: Flask, service: Service, rounds: int
) -> None:
    with app.app_context():
        lay_ground()
    make_organization(app)
    token = make_api_token(app)
    rows, chance, over = ROWS * rounds, random.Random(16), threading.Event()  # noqa: S311
    service.start("web", "web")
    wait_until(service.answers, 60, "the pages")

    with ThreadPoolExecutor(PROGRAMS) as pool:
        sent = [
            pool.submit(send, service, token, range(first, rows, PROGRAMS), over)
            for first in range(PROGRAMS)
        ]
        try:
            kills = 1 if rounds <= 2 else 2
            for kill in range(1, kills + 1):
                least = rows * kill // (kills + 1)
                wait_until(lambda least=least: count(app) >= least, 3600, f"{least} rows")
                time.sleep(chance.uniform(0, 0.5))
                service.kill("web", group=True)
                service.start("web", "web")
            told = sum((one.result() for one in sent), Counter())
        finally:
            over.set()

    print(dict(told))  # noqa: T201
    with app.app_context():
        assert told["stored"] + told["replayed"] == rows
        addresses = select(func.count(func.distinct(Signature.email_digest)))
        assert db.session.scalar(addresses) == rows
        assert count(app) == rows
        ended = select(func.count()).select_from(ApiWrite).where(ApiWrite.status == 202)
        assert db.session.scalar(ended) == rows


def count(app: Flask) -> int:
    with app.app_context():
        found = db.session.scalar(select(func.count(Signature.id))) or 0
        db.session.rollback()
        return found
