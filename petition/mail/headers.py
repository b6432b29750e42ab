"""Headers that say what we mean and cannot say more, and a message as its bytes."""

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
# Controls, lone surrogates, line and paragraph separators: what could end a header or break it.
_UNFIT = ("Cc", "Cs", "Zl", "Zp")
WIRE = SMTP.clone(cte_type="7bit")
_EMPTY_FIRST_LINE = re.compile(rb"^([!-9;-~]+):\r\n[ \t]+(?=\S)", re.MULTILINE)
# Marks that turn the direction of what follows: a subject could show a name that it does not hold.
_TURNING = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)

# What a display name holds only between quotes (RFC 5322, 3.2.3).
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')


def clean_header(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` as one line of at most ``longest`` characters that is safe in a header.

    - What looks like an encoded word (RFC 2047) is broken: the standard library would decode it
      when the header is set, and write a line end hidden in it as a line end.
    """
    fit = "".join(
        " " if unicodedata.category(letter) in _UNFIT or letter in _TURNING else letter
        for letter in text
    )
    line = " ".join(fit.split()).replace("=?", "= ?")
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def make_address(name: str, address: str, role: str = "address") -> Address:
    """Return a mailbox with its display name; ``address`` may itself come as ``Name <address>``.

    - The domain is written in ASCII (IDNA 2008), so that every server can take it.
    - A name that would not arrive whole goes without its commas, colons, quotes and the like.
    - Raises ChannelRefused, naming its ``role``, where it is no address or its local part is not
      ASCII.
    """
    spec = parseaddr(address)[1] if "<" in address else address.strip()
    local, _, domain = spec.rpartition("@")
    try:
        if not (local.isascii() and local and domain) or any(c.isspace() for c in spec):
            raise ValueError
        made = Address(clean_header(name, NAME_LIMIT), addr_spec=f"{local}@{encode_domain(domain)}")
        if _arrives(made):
            return made
        plain = " ".join(_SPECIALS.sub(" ", made.display_name).split())
        return Address(plain, addr_spec=made.addr_spec)
    except (ValueError, IndexError, MessageError):
        pass
    about = About.OURS if role == "sender" else About.RECIPIENT
    raise ChannelRefused(f"malformed {role}", about=about)


def _arrives(mailbox: Address) -> bool:
    """Return whether who reads the header finds this mailbox in it and no other.

    - Older Pythons fold a name that is longer than a line without its quotes (gh-80222, gh-121284):
      what follows a comma in it is then an address of its own.
    """
    message = EmailMessage(policy=WIRE)
    message["Reply-To"] = mailbox
    try:
        read = message_from_bytes(message.as_bytes(), policy=WIRE)["Reply-To"]
        return [found.addr_spec for found in read.addresses] == [mailbox.addr_spec]
    except AttributeError:  # of the standard library, at what it cannot take apart
        return False


def render_message(message: EmailMessage) -> bytes:
    """Return the message as SMTP carries it: ASCII only, CRLF line ends.

    - A header whose first line would be empty is put on one line: readers differ in whether they
      take the fold for a leading space.
    """
    head, blank, body = message.as_bytes(policy=WIRE).partition(b"\r\n\r\n")
    return _EMPTY_FIRST_LINE.sub(rb"\1: ", head) + blank + body
