"""Header values that are safe against injection, and a message as bytes."""

import re
import unicodedata
from email import message_from_bytes
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from petition.core.errors import ChannelRefused
from petition.mail.reports.refusal_kinds import About
from petition.validation.mail_domains import encode_domain
from petition.validation.names import NAME_LIMIT

LONGEST = 200
# Controls, lone surrogates, line and paragraph separators: they could end or break a header.
_UNSAFE_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")
WIRE = SMTP.clone(cte_type="7bit")
_EMPTY_FIRST_LINE = re.compile(rb"^([!-9;-~]+):\r\n[ \t]+(?=\S)", re.MULTILINE)
# Bidirectional controls and the byte order mark: with them a subject could display as another text.
_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)

# Characters that a display name may hold only inside quotes (RFC 5322, 3.2.3).
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')


def clean_header(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` as one line of at most ``longest`` characters that is safe in a header.

    - Anything that looks like an encoded word (RFC 2047) gets a space after its "=": the standard
      library would decode it when the header is set, and emit a line end encoded in it.
    """
    safe = "".join(
        " "
        if unicodedata.category(letter) in _UNSAFE_CATEGORIES or letter in _BIDI_CONTROLS
        else letter
        for letter in text
    )
    line = " ".join(safe.split()).replace("=?", "= ?")
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def make_address(name: str, address: str, role: str = "address") -> Address:
    """Return a mailbox with its display name; ``address`` may also be ``Name <address>``.

    - The domain is encoded in ASCII (IDNA 2008), so that every server accepts it.
    - A name that would not survive folding and parsing loses its commas, colons, quotes and so on.
    - Raises ChannelRefused, with ``role`` in its text, where it is not an address or its local part
      is not ASCII.
    """
    spec = parseaddr(address)[1] if "<" in address else address.strip()
    local, _, domain = spec.rpartition("@")
    try:
        if not (local.isascii() and local and domain) or any(c.isspace() for c in spec):
            raise ValueError
        made = Address(clean_header(name, NAME_LIMIT), addr_spec=f"{local}@{encode_domain(domain)}")
        if _survives_parsing(made):
            return made
        plain = " ".join(_SPECIALS.sub(" ", made.display_name).split())
        return Address(plain, addr_spec=made.addr_spec)
    except (ValueError, IndexError, MessageError):
        pass
    about = About.OURS if role == "sender" else About.RECIPIENT
    raise ChannelRefused(f"malformed {role}", about=about)


def _survives_parsing(mailbox: Address) -> bool:
    """Return whether the folded header parses back to this mailbox and no other.

    - Older Python versions drop the quotes of a name longer than a line when they fold it
      (gh-80222, gh-121284): the text after a comma in it is then parsed as another address.
    """
    message = EmailMessage(policy=WIRE)
    message["Reply-To"] = mailbox
    try:
        read = message_from_bytes(message.as_bytes(), policy=WIRE)["Reply-To"]
        return [found.addr_spec for found in read.addresses] == [mailbox.addr_spec]
    except AttributeError:  # raised by the standard library for a header that it cannot parse
        return False


def render_message(message: EmailMessage) -> bytes:
    """Return the message as bytes for SMTP: ASCII only, CRLF line ends.

    - A header whose first line would be empty is unfolded to one line: parsers differ in whether
      they read that fold as a leading space.
    """
    head, blank, body = message.as_bytes(policy=WIRE).partition(b"\r\n\r\n")
    return _EMPTY_FIRST_LINE.sub(rb"\1: ", head) + blank + body
