"""How a mail domain is spelled: one spelling for one owner, by IDNA 2008 (RFC 5891).

- What reads alike is mapped as UTS 46 says, without its transitional rules: case, full-width
  letters, the ideographic full stop and ``xn--`` make no second domain.
- ``straße`` and ``strasse`` are two owners' domains, and so are the two small sigmas and what
  differs by a joiner. Python's own "idna" codec is IDNA 2003 and mails the one's letters to the
  other.
"""

import unicodedata
from functools import lru_cache

import idna

LONGEST_LABEL = 63  # bytes; RFC 1035, 2.3.4
_DOMAINS_REMEMBERED = 4_000


@lru_cache(_DOMAINS_REMEMBERED)
def spell_domain(domain: str) -> str:
    """Return the domain as people read it, in lower case and without a closing dot.

    - What is no domain comes back in lower case.
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
    """Return the domain in ASCII, as the wire carries it; raises ValueError where it is none.

    - What is ASCII already comes back as it is: a host may be named as no IDNA would have it.
    """
    if not domain.isascii():
        return idna.encode(domain, uts46=True).decode()
    labels = domain.removesuffix(".").split(".")
    if not all(0 < len(label) <= LONGEST_LABEL for label in labels):
        raise ValueError("a label is empty or too long")
    return domain
