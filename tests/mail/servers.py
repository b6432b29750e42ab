"""Real mail servers on loopback: a polite one (aiosmtpd), and one that does harm on cue."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Answers:
    """An aiosmtpd handler that keeps what it accepts, and refuses first as often as it is told.

    - ``rcpt`` and ``data`` are the replies to give in turn; when they run out, all is well.
    """

    def __init__(self, rcpt: list[str] | None = None, data: list[str] | None = None) -> None:
        self.rcpt = list(rcpt or [])
        self.data = list(data or [])
        self.kept: list[bytes] = []
        self.recipients: list[str] = []
        self.senders: list[str | None] = []
        self.conversations = 0
        self.encrypted: list[bool] = []
        self.users: list[object] = []

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        self.conversations += 1
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data:
            return self.data.pop(0)
        assert isinstance(envelope.original_content, bytes)
        self.kept.append(envelope.original_content)
        self.recipients += envelope.rcpt_tos
        self.senders.append(envelope.mail_from)
        self.encrypted.append(session.ssl is not None)
        self.users.append(session.auth_data)
        return "250 2.0.0 Kept"


@contextlib.contextmanager
def polite_server(answers: Answers, **options: Any) -> Iterator[str]:
    """Run aiosmtpd on a free port; gives ``host:port``."""
    limit = options.pop("data_size_limit", 50 * 1024 * 1024)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        answers, hostname="127.0.0.1", port=port, data_size_limit=limit, **options
    )
    controller.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        controller.stop()


def check_password(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    """Let ``relay`` in with ``p@ss word``."""
    good = (
        isinstance(data, LoginPassword) and data.login == b"relay" and data.password == b"p@ss word"
    )
    return AuthResult(success=good, handled=good, auth_data="relay")


@dataclass
class Talk:
    """One conversation of the rough server."""

    connection: socket.socket
    server: "RoughServer"

    def say(self, line: str) -> None:
        self.connection.sendall(line.encode() + b"\r\n")

    def hear(self) -> str:
        line = bytearray()
        while not line.endswith(b"\n"):
            byte = self.connection.recv(1)
            if not byte:
                raise ConnectionError
            line += byte
        return line.decode("latin-1").strip()

    def greet(self) -> None:
        self.say("220 rough.example")

    def lead_to_data(self) -> None:
        """Answer all commands up to DATA with a yes."""
        self.greet()
        while True:
            command = self.hear().upper()
            if command.startswith("EHLO"):
                self.say("250-rough.example")
                self.say("250 SIZE 50000000")
            elif command == "DATA":
                self.say("354 Go on")
                return
            else:
                self.say("250 OK")

    def read_to_dot(self) -> bytes:
        body = bytearray()
        while not body.endswith(b"\r\n.\r\n"):
            some = self.connection.recv(65536)
            if not some:
                raise ConnectionError
            body += some
        return bytes(body[:-3])

    def keep(self) -> None:
        """Read the message to its last dot; from here on the server has it."""
        self.lead_to_data()
        self.server.kept.append(self.read_to_dot())

    def reset(self) -> None:
        """Drop the connection at once, as a crashing server does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def wait_for_end(self) -> None:
        """Say nothing until the other side is gone."""
        with contextlib.suppress(OSError):
            while self.connection.recv(65536):
                pass


Behaviour = Callable[[Talk], None]


class RoughServer:
    """A server whose conversations go, one after the other, by ``behaviours``; the last repeats.

    - ``kept`` are the messages of which it has read the last dot: the copies that have arrived.
    """

    def __init__(self, *behaviours: Behaviour) -> None:
        self.kept: list[bytes] = []
        self.closed = threading.Event()
        self._behaviours = behaviours
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._count = 0
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    @property
    def conversations(self) -> int:
        return self._count

    def __enter__(self) -> "RoughServer":
        return self

    def __exit__(self, *exc: object) -> None:
        self.closed.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            behaviour = self._behaviours[min(self._count, len(self._behaviours) - 1)]
            self._count += 1
            self._open.append(connection)
            threading.Thread(target=self._talk, args=(behaviour, connection), daemon=True).start()

    def _talk(self, behaviour: Behaviour, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            behaviour(Talk(connection, self))
            connection.close()


def accept(talk: Talk) -> None:
    """Keep the message and say so."""
    talk.keep()
    talk.say("250 2.0.0 Kept")
    talk.wait_for_end()


def never_answer(talk: Talk) -> None:
    """Take the connection and say nothing, ever."""
    talk.wait_for_end()


def trickle(talk: Talk) -> None:
    """Say a little every now and then, so that no single read ever times out."""
    while True:
        talk.connection.sendall(b"2")
        time.sleep(0.05)


def never_stop_greeting(talk: Talk) -> None:
    """Greet line after line without an end."""
    while True:
        talk.say("220-and furthermore")
        time.sleep(0.02)


def drop_mid_data(talk: Talk) -> None:
    """Crash in the middle of the body."""
    talk.lead_to_data()
    talk.connection.recv(4096)
    talk.reset()


def hang_up_mid_data(talk: Talk) -> None:
    """Close in good order after the whole body, before its dot."""
    talk.lead_to_data()
    body = bytearray()
    while b"\r\n--=_" not in body or not body.rstrip().endswith(b"--"):
        body += talk.connection.recv(65536)
    talk.connection.shutdown(socket.SHUT_WR)
    talk.wait_for_end()


def refuse_mid_data(talk: Talk) -> None:
    """Refuse while the body is still coming, then close."""
    talk.lead_to_data()
    talk.connection.recv(1024)
    talk.say("552 5.3.4 Too big")
    talk.wait_for_end()


def drop_after_dot(talk: Talk) -> None:
    """Keep the message and crash before saying so."""
    talk.keep()
    talk.reset()


def never_answer_dot(talk: Talk) -> None:
    """Keep the message and never say so."""
    talk.keep()
    talk.wait_for_end()


def answer_dot(reply: bytes) -> Behaviour:
    """Keep the message, answer with these bytes, and close."""

    def behave(talk: Talk) -> None:
        talk.keep()
        talk.connection.sendall(reply)

    return behave


def make_certificate(folder: Path, name: str = "localhost") -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for ``name`` and 127.0.0.1; gives its file and a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    return certificate_file, context
