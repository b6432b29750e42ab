"""Normalize mail domains, one spelling for one owner, by IDNA 2008 (RFC 5891).

- Equivalent spellings are mapped by UTS 46, without its transitional rules: case, full-width
  letters, the ideographic full stop and ``xn--`` make no second domain.
- ``straße`` and ``strasse`` belong to different owners, and so do domains that differ in the two
  small sigmas or by a joiner. Python's own "idna" codec is IDNA 2003, which would send mail for one
  to the other.
"""

import unicodedata
from functools import lru_cache

import idna

LONGEST_LABEL = 63  # bytes; RFC 1035, 2.3.4
_DOMAINS_REMEMBERED = 4_000


@lru_cache(_DOMAINS_REMEMBERED)
def spell_domain(domain: str) -> str:
    """Return the domain in Unicode, in lower case and without a trailing dot.

    - A text that is no domain is returned in lower case.
    """
    if domain.isascii() and "xn--" not in domain.lower():
        return domain.lower().rstrip(".")
    text = unicodedata.normalize("NFKC", domain)
    try:
        text = idna.decode(idna.encode(text, uts46=True))
    except UnicodeError:
        text = unicodedata.normalize("NFKC", text.lower())
    return text.rstrip(".")


def encode_domain(domain: str) -> str:
    """Return the domain in ASCII, as it is sent; raises ValueError where it is not one.

    - An ASCII domain is returned unchanged: host names exist that IDNA does not allow.
    """
    if not domain.isascii():
        return idna.encode(domain, uts46=True).decode()
    labels = domain.removesuffix(".").split(".")
    if not all(0 < len(label) <= LONGEST_LABEL for label in labels):
        raise ValueError("a label is empty or too long")
    return domain
