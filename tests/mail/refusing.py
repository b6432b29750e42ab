"""A real mail server on loopback that refuses at one command until it is mended."""

import contextlib
import socket
from collections.abc import Iterator

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Refusing:
    """An aiosmtpd handler that says ``reply`` at ``phase`` (mail, rcpt, data), and else keeps all.

    - ``only``: the recipients that are refused; all where it is empty.
    """

    def __init__(self, phase: str = "", reply: str = "", only: set[str] | None = None) -> None:
        self.phase, self.reply, self.only = phase, reply, only or set()
        self.kept: list[bytes] = []
        self.recipients: list[str] = []
        self.refused = 0

    def break_down(self, phase: str, reply: str) -> None:
        self.phase, self.reply = phase, reply
        self.recipients.clear()

    def mend(self) -> None:
        self.phase = ""

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._refuses("mail"):
            return self.reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._refuses("rcpt", address):
            return self.reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self._refuses("data"):
            return self.reply
        assert isinstance(envelope.original_content, bytes)
        self.kept.append(envelope.original_content)
        self.recipients += envelope.rcpt_tos
        return "250 2.0.0 Kept"

    def _refuses(self, phase: str, address: str = "") -> bool:
        refuses = phase == self.phase and (not self.only or address in self.only)
        self.refused += refuses
        return refuses


@contextlib.contextmanager
def refusing_server(handler: Refusing) -> Iterator[str]:
    """Run it on a free port; gives ``host:port``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        controller.stop()
