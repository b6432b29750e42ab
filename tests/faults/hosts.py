"""Hosts that share a database, a queue and an object store, and no folder."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from threading import Event, Lock

import requests

from petition.core.queues import Stage
from tests.core.content.servers import BUCKET, BucketServer
from tests.ground import SLUG, fill_form
from tests.service import Service, find_port, wait_until

WEB_SECONDS = 90
# Each host's own roles; the scheduler is on one of those that work.
ROLES: dict[str, tuple[tuple[str, ...], ...]] = {
    "web-1": (("web",),),
    "web-2": (("web",),),
    "work-1": (
        ("worker", Stage.LOCATE, Stage.COUNT),
        ("worker", Stage.RENDER, Stage.DELIVER),
        ("scheduler",),
    ),
    "work-2": (("worker", Stage.LOCATE, Stage.COUNT), ("worker", Stage.RENDER, Stage.DELIVER)),
}


class Hosts(Service):
    """Two hosts that serve pages and two that work, each with a data folder of its own."""

    def __init__(
        self,
        environment: dict[str, str],
        log: Path,
        folder: Path,
        bucket: BucketServer,
        mail_server: str,
    ) -> None:
        super().__init__(environment, log)
        self.data = folder
        self.ports = [find_port(), find_port()]
        self.environment |= {
            "PETITION_WEB_WORKERS": "1",
            "PETITION_CHANNEL": "email",
            "PETITION_SMTP_URL": f"smtp://{mail_server}?timeout=5",
            "PETITION_STORAGE_URL": f"s3://{BUCKET}/hosts?endpoint={bucket.endpoint}",
            "AWS_ACCESS_KEY_ID": "hosts",
            "AWS_SECRET_ACCESS_KEY": "of-tests",
        }

    def start_all(self) -> None:
        """Start every role of every host and wait until both pages answer."""
        self.start_valkey()
        for host, roles in ROLES.items():
            self.environment["PETITION_DATA_DIR"] = str(self.data / host)
            for number, role in enumerate(roles):
                if role == ("web",):
                    self.environment["PETITION_PORT"] = str(self.ports[int(host[-1]) - 1])
                self.start(f"{host}-{number}", *role)
        wait_until(lambda: all(map(answers, self.ports)), WEB_SECONDS, "both pages")


@dataclass
class Signers:
    """People who sign at one host after the other, again until they are told that they have."""

    ports: list[int]
    told: set[str] = field(default_factory=set)
    failures: int = 0
    _lock: Lock = field(default_factory=Lock)

    def sign_all(self, numbers: range, over: Event) -> None:
        """Let all of them sign, eight at a time."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: self._sign(number, over), numbers))

    def _sign(self, number: int, over: Event) -> None:
        form = fill_form(number)
        for port in cycle(self.ports[number % 2 :] + self.ports[: number % 2]):
            status = _post(port, form)
            with self._lock:
                if status == 303:
                    self.told.add(form["email"])
                    return
                self.failures += 1
            if over.wait(0.2):
                return


def answers(port: int) -> bool:
    """Return whether the pages answer at a port."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def _post(port: int, form: dict[str, str]) -> int:
    url = f"http://127.0.0.1:{port}/campaigns/{SLUG}/signatures"
    try:
        return requests.post(url, data=form, timeout=30, allow_redirects=False).status_code
    except requests.RequestException:
        return 0
