"""When two e-mail addresses are one person's.

Source of the rules: RFC 5233 (a ``+`` opens a subaddress), and Gmail's own help pages (dots are
ignored, ``googlemail.com`` is ``gmail.com``). Dots elsewhere are kept: other hosts tell them apart.
"""

import re
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

GMAIL = frozenset({"gmail.com", "googlemail.com"})
# What nearly everybody has before the @ (RFC 5322's dot-atom, without its rarer signs): of such an
# address only the domain needs a closer look, and a crowd has few of them.
_PLAIN = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9.-]{1,189}", re.A | re.I
)
_DOMAINS_REMEMBERED = 4_000


def read_email(typed: str) -> str | None:
    """Return the address as it is to be written to; None when it is not one."""
    email = unicodedata.normalize("NFKC", typed).strip()
    local, _, domain = email.partition("@")
    # A role's name such as Info is spelled anew, and a coded domain is longer than it looks.
    rare = local.lower() in CASE_INSENSITIVE_MAILBOX_NAMES or "xn--" in domain.lower()
    if rare or _PLAIN.fullmatch(email) is None:
        return _validate(email)
    known = _read_domain(domain)
    return f"{local}@{known}" if known else None


def canonical_email(email: str) -> str:
    """Return the one spelling that all of a person's spellings of ``email`` share."""
    local, _, domain = unicodedata.normalize("NFKC", email).casefold().rpartition("@")
    local = local.partition("+")[0] or local
    domain = domain.rstrip(".")
    if domain in GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


@lru_cache(_DOMAINS_REMEMBERED)
def _read_domain(domain: str) -> str | None:
    found = _validate(f"someone@{domain}")
    return found and found.partition("@")[2]


def _validate(email: str) -> str | None:
    try:
        found = validate_email(
            email,
            check_deliverability=False,
            allow_smtputf8=False,  # few servers can take such an address: its mail would not arrive
        )
    except EmailNotValidError:
        return None
    return found.normalized
