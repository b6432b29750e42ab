"""An installation as docs/deploy has it: two of each role behind nginx, and a mail server."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Event, Lock
from typing import Any, cast

import requests

from petition.core.queues import Stage
from tests.deploy.proxies import Proxy
from tests.ground import SLUG, fill_form
from tests.mail.refusing import Refusing
from tests.service import Service, wait_until

ROLES: dict[str, tuple[str, ...]] = {
    "locate": ("worker", Stage.LOCATE, Stage.COUNT),
    "render": ("worker", Stage.RENDER),
    "mail": ("worker", Stage.MAIL),
    "deliver": ("worker", Stage.DELIVER),
    "scheduler": ("scheduler",),
}
HOSTS = (1, 2)
EACH_SECONDS = 0.3
WEB_SECONDS = 90
_CONFIRM = re.compile(r"https://localhost:\d+(/confirm/[\w.-]+)")


class Installation(Service):
    """Two of each role, each pages' process on a port of its own."""

    def __init__(
        self, environment: dict[str, str], log: Path, proxy: Proxy, mail_server: str
    ) -> None:
        super().__init__(environment, log)
        self.proxy = proxy
        self.port = proxy.web_ports[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment |= {
            "PETITION_PUBLIC_URL": proxy.url,
            "PETITION_PROXY_HOPS": "1",
            "PETITION_WEB_WORKERS": "1",
            "PETITION_CHANNEL": "email",
            "PETITION_SMTP_URL": f"smtp://{mail_server}?timeout=5",
            "PETITION_COUNTS_SECONDS": "1",
        }

    def start_all(self) -> None:
        """Start every role and wait until the pages answer through the proxy."""
        self.start_valkey()
        for name in self.list_names():
            self.start_role(name)
        wait_until(lambda: self.proxy.ask("GET", "/healthz") == 200, WEB_SECONDS, "the pages")

    def list_names(self) -> list[str]:
        """Return the name of each process."""
        return [f"{role}-{host}" for role in ("web", *ROLES) for host in HOSTS]

    def start_role(self, name: str) -> None:
        """Start one process by its name."""
        role, _, host = name.rpartition("-")
        if role == "web":
            self.environment["PETITION_PORT"] = str(self.proxy.web_ports[int(host) - 1])
        self.start(name, *ROLES.get(role, (role,)))

    def run(self, *arguments: str) -> str:
        """Run a command of an operator's; return what it prints."""
        return self._call(*arguments, check=True).stdout

    def read_status(self) -> dict[str, Any]:
        """Return what `petition status` says; {} where it cannot say anything."""
        done = self._call("status", "--json", check=False)
        found: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {}
        return found

    def read_ready(self) -> str:
        """Return what /readyz says of the whole; '' where no pages answer."""
        for port in self.proxy.web_ports:
            try:
                answer = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10)
            except requests.RequestException:
                continue
            return str(answer.json()["status"])
        return ""

    def _call(self, *arguments: str, check: bool) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "petition", *arguments],
            env=self.environment,
            check=check,
            capture_output=True,
            text=True,
        )


@dataclass
class Crowd:
    """People who sign through the proxy, press again when told to, and follow their mail."""

    proxy: Proxy
    mails: Refusing
    told: set[str] = field(default_factory=set)
    followed: set[str] = field(default_factory=set)
    failures: int = 0
    _seen: int = 0
    _lock: Lock = field(default_factory=Lock)

    def sign(self, number: int, over: Event) -> None:
        """Sign, again and again until it is answered with success."""
        form = fill_form(number)
        source = f"127.0.{1 + number // 250}.{1 + number % 250}"
        while not over.is_set():
            try:
                status = self.proxy.ask(
                    "POST", f"/campaigns/{SLUG}/signatures", form, source=source
                )
            except OSError:
                status = 0
            with self._lock:
                if status == 303:
                    self.told.add(form["email"])
                    return
                self.failures += 1
            over.wait(0.5)

    def sign_all(self, numbers: range, enough: Event, over: Event) -> None:
        """Let one more sign every EACH_SECONDS until it is enough, and wait for who has begun."""
        with ThreadPoolExecutor(16) as pool:
            for number in numbers:
                pool.submit(self.sign, number, over)
                if enough.wait(EACH_SECONDS):
                    return

    def follow_mails(self, over: Event) -> None:
        """Open the link of each confirmation that arrives, and press the button."""
        while not over.is_set():
            kept = self.mails.kept[self._seen :]
            self._seen += len(kept)
            for raw in kept:
                found = _CONFIRM.search(read_text(raw))
                if found:
                    self._confirm(found[1], over)
            over.wait(0.2)

    def _confirm(self, path: str, over: Event) -> None:
        while not over.is_set():
            try:
                status = self.proxy.ask("POST", path, {})
            except OSError:
                status = 0
            if status in (302, 303):
                self.followed.add(path)
                return
            over.wait(0.5)


def read_text(raw: bytes) -> str:
    """Return the plain part of a mail."""
    mail = cast(EmailMessage, message_from_bytes(raw, policy=default))
    part = mail.get_body(("plain",))
    return part.get_content() if part is not None else ""


def read_message_id(raw: bytes) -> str:
    """Return the Message-ID of a mail."""
    return str(message_from_bytes(raw, policy=default)["Message-ID"])
