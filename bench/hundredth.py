"""From the hundredth signature to the letter accepted by SMTP, on an idle service.

The floor is the promise: two seconds at the 95th percentile.
"""

import tempfile
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.rows import ENVIRONMENT, Row, open_app
from petition.core.extensions import db
from tests.ground import SLUG, fill_form, lay_ground
from tests.service import Service, find_port

PROMISED = 2.0  # seconds
ROUNDS = 8
STEP = 100


class Office:
    """A real SMTP server on loopback that notes when each letter came."""

    def __init__(self) -> None:
        self.arrived: list[float] = []

    async def handle_DATA(  # noqa: N802  aiosmtpd's own name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Accept it."""
        self.arrived.append(time.perf_counter())
        return "250 taken"


def run() -> list[Row]:
    """Measure some rounds, each with its own hundred; takes about a minute."""
    office = Office()
    port = find_port()
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        waits = _measure(office, port)
    finally:
        controller.stop()
    waits.sort()
    worst = waits[min(int(len(waits) * 0.95), len(waits) - 1)]
    middle = waits[len(waits) // 2]
    return [
        ("hundredth to accepted, median", middle, PROMISED, "s", middle / PROMISED, "<= 1.00"),
        ("hundredth to accepted, p95", worst, PROMISED, "s", worst / PROMISED, "<= 1.00"),
    ]


def _measure(office: Office, port: int) -> list[float]:
    waits: list[float] = []
    with tempfile.TemporaryDirectory(prefix="hundredth-bench-") as folder:
        url = f"sqlite:///{folder}/bench.sqlite3"
        app = open_app(url, folder)
        with app.app_context():
            lay_ground(step=STEP)
            db.session.remove()
        service = Service(
            ENVIRONMENT
            | {
                "DATABASE_URL": url,
                "PETITION_DATA_DIR": folder,
                "PETITION_CHANNEL": "email",
                "PETITION_SMTP_URL": f"smtp://127.0.0.1:{port}",
            },
            Path(folder) / "service.log",
        )
        service.start_all()
        try:
            number = 0
            for already in range(ROUNDS):
                for _ in range(STEP - 1):
                    number += 1
                    service.sign(SLUG, fill_form(number))
                time.sleep(2)
                number += 1
                started = time.perf_counter()
                service.sign(SLUG, fill_form(number))
                while len(office.arrived) <= already:
                    time.sleep(0.005)
                waits.append(office.arrived[already] - started)
        finally:
            service.stop()
    return waits
