"""When two e-mail addresses are one person's.

Source of the rules: RFC 5233 (a ``+`` opens a subaddress), and Gmail's own help pages (dots are
ignored, ``googlemail.com`` is ``gmail.com``). Dots elsewhere are kept: other hosts tell them apart.
"""

import unicodedata

from email_validator import EmailNotValidError, validate_email

GMAIL = frozenset({"gmail.com", "googlemail.com"})


def read_email(typed: str) -> str | None:
    """Return the address as it is to be written to; None when it is not one."""
    try:
        found = validate_email(
            unicodedata.normalize("NFKC", typed).strip(),
            check_deliverability=False,
            allow_smtputf8=False,  # few servers can take such an address: its mail would not arrive
        )
    except EmailNotValidError:
        return None
    return found.normalized


def canonical_email(email: str) -> str:
    """Return the one spelling that all of a person's spellings of ``email`` share."""
    local, _, domain = unicodedata.normalize("NFKC", email).casefold().rpartition("@")
    local = local.partition("+")[0] or local
    domain = domain.rstrip(".")
    if domain in GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
