"""What somebody may send to hold the pages: half-sent forms, combining marks, mute hosts."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from threading import Event, Thread
from urllib.parse import urlsplit

import requests

from tests.ground import POSTAL_CODE, SLUG, fill_form

PATIENCE = 30.0
HALF_SENT = 50
MARKS = "\u0301\u0316" * 50_000
# As much as a public form may bring, so that it is read.
FITTING = "\u0301\u0316" * 3_500

Attack = Callable[[str, Event], None]


def send_halves(url: str, over: Event) -> None:
    """Keep fifty half-sent forms open, to signing and to other pages."""
    paths = (f"/campaigns/{SLUG}/signatures", "/signatures/lost", f"/campaigns/{SLUG}/near")
    parts = urlsplit(url)
    with ExitStack() as stack:
        for number in range(HALF_SENT):
            sock = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
            stack.enter_context(closing(sock))
            host = f"Host: {parts.netloc}"
            kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 200"
            path = paths[number % len(paths)]
            sock.sendall(f"POST {path} HTTP/1.1\r\n{host}\r\n{kind}\r\n\r\ngiven".encode())
        over.wait()


def send_marks(url: str, over: Event) -> None:
    """Send combining marks in each field of the public forms, more than they take and as many."""
    forms: dict[str, tuple[str, ...]] = {
        f"/campaigns/{SLUG}/signatures": ("given_name", "email", "comment", "locality"),
        f"/embed/{SLUG}/signatures": ("family_name", "street_address"),
        "/signatures/lost": ("email",),
        f"/campaigns/{SLUG}/near": ("street_address", "postal_code"),
    }
    while not over.is_set():
        for path, names in forms.items():
            for name in names:
                for word in (MARKS, FITTING):
                    send(url, path, {name: word})


def look_up_streets(url: str, over: Event) -> None:
    """Look streets up of which a geocoder, which is mute, would know."""
    number = 0
    while not over.is_set():
        number += 1
        street = f"{number} Example St"
        send(
            url,
            f"/campaigns/{SLUG}/near",
            {"street_address": street, "postal_code": POSTAL_CODE},
        )


def ask_ready(url: str, over: Event) -> None:
    """Ask whether all is well, also at the mail server, which is mute."""
    while not over.is_set():
        with suppress(requests.RequestException):
            requests.get(f"{url}/readyz", timeout=PATIENCE)


def send(url: str, path: str, fields: dict[str, str]) -> None:
    files = {name: (None, word) for name, word in (fill_form(0) | fields).items()}
    with suppress(requests.RequestException):  # what is far too long is not read to its end
        requests.post(f"{url}{path}", files=files, timeout=PATIENCE, allow_redirects=False)


ATTACKS: dict[str, tuple[Attack, int]] = {
    "half-sent": (send_halves, 1),
    "marks": (send_marks, 2),
    "geocoder": (look_up_streets, 8),
    "readiness": (ask_ready, 4),
}


@contextmanager
def open_mute_hosts() -> Iterator[dict[str, str]]:
    """Give settings with a mail server and a geocoder that take connections and say nothing."""
    with ExitStack() as stack:
        smtp, geocoder = (
            stack.enter_context(closing(socket.create_server(("127.0.0.1", 0)))).getsockname()[1]
            for _ in range(2)
        )
        yield {
            "PETITION_SMTP_URL": f"smtp://127.0.0.1:{smtp}",
            "PETITION_GEOCODERS": "nominatim,zip",
            "PETITION_NOMINATIM_URL": f"http://127.0.0.1:{geocoder}",
            "PETITION_GEOCODER_RATE": "1000 per second",
        }


@contextmanager
def attack(url: str, name: str) -> Iterator[None]:
    """Attack while the block runs."""
    act, threads = ATTACKS[name]
    over = Event()
    attackers = [Thread(target=act, args=(url, over)) for _ in range(threads)]
    for attacker in attackers:
        attacker.start()
    time.sleep(1)
    try:
        yield
    finally:
        over.set()
        for attacker in attackers:
            attacker.join()
