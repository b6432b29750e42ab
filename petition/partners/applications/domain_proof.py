"""Whether an e-mail address belongs to the owner of a web page: both have one registered domain."""

from functools import cache
from urllib.parse import SplitResult, urlsplit

from publicsuffixlist import PublicSuffixList

from petition.validation.mail_addresses import read_mail_address
from petition.validation.mail_domains import spell_domain
from petition.validation.mail_providers import FORWARDERS, LARGE

LONGEST_URL = 500
SCHEMES = ("https", "http")


def read_web_page(typed: str) -> str | None:
    """Return the URL of a group's web page; None for what is none.

    - http or https, a host with a dot, and neither a name before the host nor a backslash, by which
      a URL looks like another host's.
    """
    url = typed.strip()
    if not url or len(url) > LONGEST_URL or not url.isprintable() or set(url) & set("\\ <>\"'"):
        return None
    if "://" not in url:
        url = f"https://{url}"
    found = _split(url)
    if found is None or found.scheme not in SCHEMES or "@" in found.netloc:
        return None
    host = found.hostname or ""
    return url if "." in host.strip(".") and not _is_number(host) else None


def find_shared_domain(email: str, url: str) -> str | None:
    """Return the registered domain that an address and a web page share; None if they share none.

    - By publicsuffix.org's whole list: two groups on one host of free pages (github.io) share none.
    - None for the domains of large e-mail providers and of forwarding services: anybody can have
      an address there. Domains are compared by IDNA 2008: a look-alike letter is another domain.
    """
    address, page = read_mail_address(email), _split(url)
    if address is None or page is None or page.hostname is None:
        return None
    mine = _find_registered(address.rpartition("@")[2])
    if mine is None or mine in LARGE or mine in FORWARDERS:
        return None
    return mine if mine == _find_registered(page.hostname) else None


def _find_registered(host: str) -> str | None:
    domain = spell_domain(host)
    if not domain or _is_number(domain):
        return None
    found: str | None = _read_all_suffixes().privatesuffix(domain)
    return found


def _split(url: str) -> SplitResult | None:
    try:
        found = urlsplit(url)
        _ = found.port
    except ValueError:
        return None
    return found


def _is_number(host: str) -> bool:
    """Return whether a host is an IP address: no domain, so nobody's."""
    return ":" in host or host.rpartition(".")[2].isdigit()


@cache
def _read_all_suffixes() -> PublicSuffixList:
    return PublicSuffixList()
