"""The canonical form of an e-mail address: equal for all spellings of one person's mailbox.

- The documented rules of each provider, with their source: petition/validation/mail_providers.py.
- At every host a ``+`` begins a tag (RFC 5233). An address that begins with ``+`` has no name
  before it: all such addresses of a host are one, except telephone numbers (E.164).
- Domains are compared by IDNA 2008: petition/validation/mail_domains.py.
- Dots, hyphens and names are otherwise kept: other hosts distinguish people by them.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from petition.validation.mail_addresses import read_mail_address
from petition.validation.mail_domains import spell_domain
from petition.validation.mail_providers import BY_DOMAIN, Provider

# The part before the @ of nearly all addresses (RFC 5322's dot-atom, without its rarer characters):
# of such an address only the domain is validated, which is cached: many signers share few domains.
_PLAIN = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9.-]{1,189}", re.A | re.I
)
_TELEPHONE = re.compile(r"[0-9]{7,15}", re.A)
_DOMAINS_REMEMBERED = 4_000
# Characters; no address is longer, and the time to normalize some texts grows with the square.
_LONGEST_TYPED = 1_000


class _Host(NamedTuple):
    """The canonical form of a mail domain.

    - ``domain``: its canonical spelling. ``rules``: its provider's; None if it is not a provider's.
    - ``owner``: the mailbox's name if the domain alone identifies it, else None.
    """

    domain: str
    rules: Provider | None
    owner: str | None = None


def read_email(typed: str) -> str | None:
    """Return the address to which mail is sent; None if what was typed is not an address."""
    if len(typed) > _LONGEST_TYPED:
        return None
    email = unicodedata.normalize("NFKC", typed).strip()
    local, _, domain = email.partition("@")
    # A role's name such as Info is lowercased; the limits of an encoded domain need the full check.
    rare = local.lower() in CASE_INSENSITIVE_MAILBOX_NAMES or "xn--" in domain.lower()
    if rare or _PLAIN.fullmatch(email) is None:
        return read_mail_address(email)
    known = _read_domain(domain)
    return f"{local}@{known}" if known else None


def canonical_email(email: str) -> str:
    """Return the one spelling that is equal for all spellings of the mailbox of ``email``."""
    local, _, domain = email.rpartition("@")
    host, rules, owner = _find_host(domain)
    if owner is not None:
        return f"{owner}@{host}"
    if not local.isascii():
        local = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", local).lower())
    name, tag, rest = local.lower().partition("+")
    if tag and not name:
        name = _read_nameless(rest)
    if rules is not None:
        name = _spell_name(name, rules)
    return f"{name}@{host}"


@lru_cache(_DOMAINS_REMEMBERED)
def _find_host(domain: str) -> _Host:
    spelled = spell_domain(unicodedata.normalize("NFKC", domain))
    labels = spelled.split(".")
    for start in range(len(labels) - 1):
        rules = BY_DOMAIN.get(".".join(labels[start:]))
        if rules is not None:
            return _judge_host(spelled, labels[:start], rules)
    return _Host(spelled, None)


def _judge_host(spelled: str, below: list[str], rules: Provider) -> _Host:
    if not below:
        return _Host(rules.domains.split()[0] if rules.one_name else spelled, rules)
    if rules.subdomains:
        name = ".".join(below)
        return _Host(spelled[len(name) + 1 :], rules, name.replace("-", "_"))
    if rules.owned_subdomains:
        return _Host(spelled, rules, "*")
    return _Host(spelled, None)


def _spell_name(name: str, rules: Provider) -> str:
    if rules.keyword:
        name = name.partition(rules.keyword)[0] or name
    for sign in rules.alike[1:]:
        name = name.replace(sign, rules.alike[0])
    kept = name
    for sign in rules.ignored:
        kept = kept.replace(sign, "")
    return kept or name


def _read_nameless(rest: str) -> str:
    number = rest.partition("+")[0]
    return f"+{number}" if _TELEPHONE.fullmatch(number) else "+"


@lru_cache(_DOMAINS_REMEMBERED)
def _read_domain(domain: str) -> str | None:
    found = read_mail_address(f"someone@{domain}")
    return found and found.partition("@")[2]
