"""The SMTP transport: the server that mail is handed to, and the errors of handing it over."""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from petition.core.errors import ChannelRefused, ChannelUnavailable, ConfigurationError
from petition.core.settings import Settings
from petition.mail.conversation import Conversation
from petition.mail.delivery_notices import NOT_UNDERSTOOD, NoticeRequest
from petition.mail.reply_masking import mask_words
from petition.mail.reports.refusal_kinds import About
from petition.mail.smtp_outcomes import expect_yes, judge_answer, judge_error
from petition.validation.mail_domains import encode_domain

SETTING = "PETITION_SMTP_URL"
DEFAULT_SECONDS = 48.0  # a server that never answers times out within a minute
LEASE_SHARE = 0.8  # of a lease may be spent on one conversation; the rest is for our own database

_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")  # printable ASCII without space, < and >


class Security(StrEnum):
    """How the connection is protected."""

    NONE = "smtp"
    STARTTLS = "smtp+starttls"
    IMPLICIT = "smtps"


PORTS = {Security.NONE: 25, Security.STARTTLS: 587, Security.IMPLICIT: 465}


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """One server that mail is handed to.

    - ``seconds`` limits a whole conversation with it.
    - ``helo`` is our host name in EHLO.
    - Certificates are verified against the system's store (``SSL_CERT_FILE`` names another).
    """

    host: str
    port: int
    security: Security
    helo: str
    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = DEFAULT_SECONDS

    @classmethod
    def from_url(cls, url: str, helo: str = "localhost") -> Self:
        """Return the transport that a URL describes.

        - ``smtp://``, ``smtp+starttls://`` or ``smtps://``; user and password percent-encoded;
          ``?timeout=`` in seconds.
        - Raises ConfigurationError, whose text never contains the URL: it may hold a password.
        """
        parts = urlsplit(url)
        if parts.scheme not in list(Security) or not parts.hostname:
            raise ConfigurationError(SETTING, f"must be one of {', '.join(Security)} and ://host")
        security = Security(parts.scheme)
        transport = cls(
            host=_read_host(parts.hostname),
            port=_read_port(parts) or PORTS[security],
            security=security,
            helo=helo,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            seconds=_read_seconds(parts),
        )
        if not (transport.user + transport.password).isascii():
            raise ConfigurationError(SETTING, "has a user or password that is not ASCII")
        if transport.user and security is Security.NONE and not _is_loopback(transport.host):
            raise ConfigurationError(
                SETTING, "would send its password unencrypted: use smtp+starttls:// or smtps://"
            )
        return transport

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the transport that is configured; raises ConfigurationError without one.

        - Its time-out is at most LEASE_SHARE of the lease of a delivery.
        """
        if settings.smtp_url is None:
            raise ConfigurationError(SETTING, "is not set")
        transport = cls.from_url(settings.smtp_url, make_helo(settings.public_url))
        longest = settings.lease_seconds * LEASE_SHARE
        return replace(transport, seconds=min(transport.seconds, longest))

    def send(
        self,
        sender: str,
        recipient: str,
        message: bytes,
        before_handover: Callable[[], None] = lambda: None,
        notices: NoticeRequest | None = None,
    ) -> tuple[str, str]:
        """Hand ``message`` over; return the server's reply code and its text, masked.

        - ``notices``: reports to ask for, if the server offers to send them.

        - ``before_handover`` is called when all but the final dot was sent; an exception from it is
          propagated unchanged, and the message is not accepted.
        - Raises ChannelUnavailable (connection, TLS, time-out, 4xx), ChannelRefused (5xx), and
          OutcomeUnknown when the final dot was sent and no reply could be read. Their text is a
          code and a phase ("451 4.7.1 at rcpt"), never an address.
        """
        _check_address(sender, "sender")
        _check_address(recipient, "recipient")
        conversation = self._prepare()
        try:
            self._sign_in(conversation)
            options = [f"size={len(message)}"] if conversation.has_extn("size") else []
            if not _ask_notices(conversation, sender, recipient, options, notices):
                expect_yes(conversation.mail(sender, options))
                expect_yes(conversation.rcpt(recipient))
            code, text = conversation.hand_over(message, before_handover)
            if 200 <= code <= 299:
                return str(code), mask_words(text)
            problem = judge_answer(code, text, sender)
        except (OSError, ValueError) as error:
            late = conversation.deadline.is_over
            problem = judge_error(error, conversation.phase, late, sender)
        finally:
            conversation.leave()
        raise problem  # outside the handler: a chained error's text could contain an address

    def check(self) -> str:
        """Connect, negotiate TLS and sign in without sending mail; return the server's greeting.

        - Raises ChannelUnavailable.
        """
        conversation = self._prepare()
        try:
            return self._sign_in(conversation)
        except (OSError, ValueError) as error:
            problem = judge_error(error, conversation.phase, conversation.deadline.is_over)
        finally:
            conversation.leave()
        raise ChannelUnavailable(str(problem))

    def _prepare(self) -> Conversation:
        implicit = ssl.create_default_context() if self.security is Security.IMPLICIT else None
        return Conversation(self.host, self.helo, self.seconds, implicit)

    def _sign_in(self, conversation: Conversation) -> str:
        greeting = conversation.connect(self.host, self.port)
        expect_yes(greeting)
        conversation.ehlo_or_helo_if_needed()
        if self.security is Security.STARTTLS:
            conversation.phase = "starttls"  # also where the server does not offer it
            conversation.starttls(context=ssl.create_default_context())
            conversation.ehlo_or_helo_if_needed()
        if self.user:
            conversation.phase = "auth"
            conversation.login(self.user, self.password)
        return greeting[1].decode("ascii", "replace")


def _ask_notices(
    conversation: Conversation,
    sender: str,
    recipient: str,
    options: list[str],
    notices: NoticeRequest | None,
) -> bool:
    """Name the sender and the recipient with a request for reports; return whether it was done.

    - False where no server offers them, or where it offers them and does not understand the
      request: the letter is then sent without.
    """
    if notices is None or not conversation.has_extn("dsn"):
        return False
    reply = conversation.mail(sender, [*options, *notices.of_message])
    if 200 <= reply[0] <= 299:
        reply = conversation.rcpt(recipient, notices.list_recipient_options(recipient))
    if reply[0] in NOT_UNDERSTOOD:
        expect_yes(conversation.rset())
        return False
    expect_yes(reply)
    notices.asked = True
    return True


def make_helo(public_url: str) -> str:
    """Return the name for EHLO: the host of the public URL, an IP address as a literal."""
    host = urlsplit(public_url).hostname or "localhost"
    try:
        address = ip_address(host)
    except ValueError:
        return encode_domain(host)
    return f"[IPv6:{address}]" if isinstance(address, IPv6Address) else f"[{address}]"


def _check_address(address: str, role: str) -> None:
    """Raise ChannelRefused unless it can be put between < and >: smtplib would use a part of it."""
    if not _ADDRESS.fullmatch(address):
        about = About.OURS if role == "sender" else About.RECIPIENT
        raise ChannelRefused(f"malformed {role}", about=about)


def _read_host(host: str) -> str:
    """Return the host in ASCII: the system's resolver would encode it by IDNA 2003."""
    try:
        return encode_domain(host)
    except ValueError:
        raise ConfigurationError(SETTING, "has a host that is not valid") from None


def _read_port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ConfigurationError(SETTING, "has a port that is not valid") from None


def _read_seconds(parts: SplitResult) -> float:
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    text = asked.pop("timeout", str(DEFAULT_SECONDS))
    if asked:
        raise ConfigurationError(SETTING, f"accepts only ?timeout=, not {', '.join(sorted(asked))}")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0.1 <= seconds <= 3600:
        raise ConfigurationError(SETTING, "has a timeout that is not a number from 0.1 to 3600")
    return seconds


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
