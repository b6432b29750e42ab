"""ImapServer: the mailbox that reports and answers are read from, as a URL describes it."""

import hashlib
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from petition.core.errors import ConfigurationError
from petition.core.sealing import get_sealer
from petition.core.settings import Settings
from petition.validation.mail_domains import encode_domain

SETTING = "PETITION_BOUNCES_URL"
PORTS = {"imaps": 993, "imap": 143}
DEFAULT_SECONDS = 30.0
PURPOSE = "mail.mailbox"


@dataclass(frozen=True, slots=True)
class ImapServer:
    """One mailbox on one server.

    - ``encrypted``: TLS from the first byte; the certificate is verified against the system's store
      (``SSL_CERT_FILE`` names another).
    - ``seconds``: the limit of each command with its whole answer, and of connecting.
    - ``move_to``: the folder that read messages are moved to; None: they stay, marked as seen.
    """

    host: str
    port: int
    encrypted: bool
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    seconds: float = DEFAULT_SECONDS
    move_to: str | None = None

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Return the mailbox that a URL describes: ``imaps://user:password@host/FOLDER``.

        - User, password and folder percent-encoded; ``?timeout=`` in seconds, ``?move=`` a folder.
        - ``imap://``, without encryption, only on this host.
        - Raises ConfigurationError, whose text never contains the URL: it holds a password.
        """
        parts = _split(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ConfigurationError(SETTING, "must be imaps://user:password@host/FOLDER")
        options = _read_options(parts)
        server = cls(
            host=_read_host(parts.hostname),
            port=_read_port(parts) or PORTS[parts.scheme],
            encrypted=parts.scheme == "imaps",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            seconds=_read_seconds(options.pop("timeout", str(DEFAULT_SECONDS))),
            move_to=options.pop("move", None) or None,
        )
        if options:
            raise ConfigurationError(SETTING, "accepts only ?timeout= and ?move=")
        _check(server)
        return server

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """Return the mailbox that is configured, None without one; raises ConfigurationError."""
        return None if settings.bounces_url is None else cls.from_url(settings.bounces_url)

    @property
    def key(self) -> str:
        """The name of the mailbox in the database: a keyed hash, without its password."""
        name = f"{self.user}@{self.host}:{self.port}/{self.folder}"
        return hashlib.sha256(get_sealer().digest(name, PURPOSE)).hexdigest()


def _check(server: ImapServer) -> None:
    if not server.user or not server.password:
        raise ConfigurationError(SETTING, "has no user or no password")
    texts = (server.user, server.password, server.folder, server.move_to or "")
    if not all(text.isascii() and (text.isprintable() or not text) for text in texts):
        raise ConfigurationError(
            SETTING, "has a user, a password or a folder with characters other than printable ASCII"
        )
    if server.move_to == server.folder:
        raise ConfigurationError(SETTING, "would move messages to the folder that it reads")
    if not server.encrypted and not _is_loopback(server.host):
        raise ConfigurationError(SETTING, "would send its password unencrypted: use imaps://")


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # its text could contain the password
        raise ConfigurationError(SETTING, "is not a URL") from None


def _read_host(host: str) -> str:
    try:
        return host if _is_address(host) else encode_domain(host)
    except ValueError:
        raise ConfigurationError(SETTING, "has a host that is not valid") from None


def _read_port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ConfigurationError(SETTING, "has a port that is not valid") from None


def _read_options(parts: SplitResult) -> dict[str, str]:
    return dict(parse_qsl(parts.query, keep_blank_values=True))


def _read_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0.1 <= seconds <= 60:
        raise ConfigurationError(SETTING, "has a timeout that is not a number from 0.1 to 60")
    return seconds


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)
