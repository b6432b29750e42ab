"""Signing while somebody tries to hold the pages: the 99th percentile of one signer after another.

The floor is the promise: a page within a second. The attackers share the machine with the service.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

import requests

from bench.rows import ENVIRONMENT, Row, open_app
from petition.core.extensions import db
from tests.attacks import ATTACKS, PATIENCE, attack, open_mute_hosts
from tests.ground import SLUG, fill_form, lay_ground
from tests.service import Service

PROMISED = 1000.0  # milliseconds
SIGNERS = 200


def run() -> list[Row]:
    """Measure with nobody else there, then beside each attack; takes about three minutes."""
    rows: list[Row] = []
    with (
        tempfile.TemporaryDirectory(prefix="hundredth-bench-") as folder,
        open_mute_hosts() as mute,
    ):
        places = {
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "PETITION_DATA_DIR": folder,
        }
        with open_app(places["DATABASE_URL"], folder).app_context():
            lay_ground()
            db.session.remove()
        service = Service(ENVIRONMENT | places | mute, Path(folder) / "service.log")
        try:
            service.start_all()
            numbers = count(1)
            for name in (None, *ATTACKS):
                worst = _measure(service.url, name, numbers)
                what = f"signing p99 beside {name}" if name else "signing p99, nobody else"
                rows.append((what, worst, PROMISED, "ms", worst / PROMISED, "<= 1.00"))
        finally:
            service.stop()
    return rows


def _measure(url: str, name: str | None, numbers: Iterator[int]) -> float:
    times = []
    with _attacked(url, name):
        for _ in range(SIGNERS):
            form = fill_form(next(numbers))
            began = time.perf_counter()
            answer = requests.post(
                f"{url}/campaigns/{SLUG}/signatures",
                data=form,
                timeout=PATIENCE,
                allow_redirects=False,
            )
            times.append(time.perf_counter() - began)
            if answer.status_code != requests.codes.see_other:
                raise RuntimeError(f"{name}: {answer.status_code}")
    times.sort()
    return times[int(SIGNERS * 0.99) - 1] * 1000


@contextmanager
def _attacked(url: str, name: str | None) -> Iterator[None]:
    """Attack from a process of its own, while the block runs."""
    if name is None:
        yield
        return
    context = get_context("spawn")
    begun, over = context.Event(), context.Event()
    process = context.Process(target=_attack, args=(url, name, begun, over))
    process.start()
    try:
        begun.wait(PATIENCE)
        yield
    finally:
        over.set()
        process.join()


def _attack(url: str, name: str, begun: Event, over: Event) -> None:
    with attack(url, name):
        begun.set()
        over.wait()
