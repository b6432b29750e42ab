"""Finds typing errors in a mail domain, and the domain that was most likely meant.

- Finds misspelled names of the large providers (one letter missing, too many, wrong or swapped; two
  in a long name), misspelled endings, and both at once: ``gmial.com``, ``yaho.co``.
- Never reports a domain at which people do have mailboxes: ``ymail.com``, ``email.com``,
  ``hotmail.de``.
- The signer is only asked about the result: an address that the signer confirms is accepted.
"""

from collections.abc import Iterator
from functools import lru_cache

from petition.validation.mail_domains import spell_domain
from petition.validation.mail_providers import LARGE, read_suffixes

_DOMAINS_REMEMBERED = 4_000
LONGEST_DOMAIN = 60  # characters; no misspelled provider's name is longer
# Names long enough that a similar one is most likely a misspelling, each with its domain.
PROVIDERS = {
    name: f"{name}.{ending}"
    for ending, names in {
        "com": "gmail yahoo hotmail outlook icloud googlemail protonmail rocketmail",
        "net": "comcast verizon sbcglobal bellsouth earthlink optonline windstream",
    }.items()
    for name in names.split()
}
LONG = 8  # the least letters of a name in which two of them may be wrong
# A name similar to a short one is another owner's domain; of these only the ending is checked.
SHORT = {"aol": "aol.com", "msn": "msn.com", "live": "live.com", "ymail": "ymail.com"}
SHORT |= {"att": "att.net", "cox": "cox.net", "charter": "charter.net", "gmx": "gmx.com"}
SHORT |= {"me": "me.com", "mac": "mac.com", "mail": "mail.com", "fastmail": "fastmail.com"}
MISSPELLED = {"aoll": "aol", "aool": "aol", "aaol": "aol"}
# Names of other owners that differ by a letter from one of these.
REAL = frozenset(
    "cloud mail email gail grail hostmail hotmall pocketmail wahoo yazoo compact".split()
)
# Endings that exist and at which these providers have no mailboxes.
WRONG_ENDINGS = frozenset("co cm om cam mom net org us edu gov info biz".split())
ONLY_COM = frozenset({"gmail", "googlemail"})  # no mailboxes at a country's ending either
# Providers with mailboxes at the other ending as well: those of their staff.
BOTH = frozenset("comcast verizon charter att cox earthlink bellsouth windstream".split())
PLAIN_ENDINGS = ("com", "net", "org", "edu", "gov")
LIKE_DIGITS = str.maketrans("01", "ol")
NEAR_ON_KEYS = {"h": "gjynb", "y": "tugh", "o": "ip0l", "i": "uok", "c": "xvdf", "v": "cbfg"}
NEAR_ON_KEYS |= {"s": "adwxz", "b": "vngh", "e": "wrd", "w": "qes", "p": "ol", "r": "etf"}


def find_slip(email: str) -> str | None:
    """Return the domain that was most likely meant; None if no typing error is likely."""
    return _find(email.rpartition("@")[2])


@lru_cache(_DOMAINS_REMEMBERED)
def _find(typed: str) -> str | None:
    if typed in LARGE:
        return None
    domain = spell_domain(typed)
    if domain in LARGE or not domain.isascii() or len(domain) > LONGEST_DOMAIN:
        return None
    domain = domain.removeprefix("www.")
    if domain in LARGE:
        return domain
    name, _, ending = domain.partition(".")
    plain = name.translate(LIKE_DIGITS)
    if f"{plain}.{ending}" in LARGE:
        return f"{plain}.{ending}"
    return _find_provider(plain, ending) or _mend_ending(domain)


def _find_provider(name: str, ending: str) -> str | None:
    """Return the provider's domain that ``name.ending`` is a misspelling of, or None."""
    if name in PROVIDERS or name in SHORT:
        meant = PROVIDERS.get(name) or SHORT[name]
        return meant if _is_wrong_ending(name, ending, meant.partition(".")[2]) else None
    near = MISSPELLED.get(name) or next(_list_near(name), None)
    if near is None:
        return None
    if f"{near}.{ending}" in LARGE:  # the same provider in another country
        return f"{near}.{ending}"
    meant = PROVIDERS.get(near) or SHORT[near]
    usual = meant.partition(".")[2]
    if ending == usual or _is_wrong_ending(near, ending, usual):
        return meant
    return None


def _is_wrong_ending(name: str, ending: str, usual: str) -> bool:
    """Return whether the provider has no mailboxes at this ending, which is likely mistyped."""
    if not ending or ending == usual:
        return False
    if name in ONLY_COM:
        first = ending.partition(".")[0]
        return first in ("co", "com") or ending in WRONG_ENDINGS or _is_unknown(ending)
    if _is_unknown(ending) or _lies_under(ending, usual) and not _is_public(ending):
        return True
    if usual == "net" and ending in PLAIN_ENDINGS:
        return ending == "com" and name not in BOTH
    if name in SHORT:
        return ending in ("cm", "om") or (ending == "co" and name in ("aol", "msn", "ymail"))
    return ending in WRONG_ENDINGS or _count_slips(ending, usual, 1) == 1


def _lies_under(ending: str, usual: str) -> bool:
    """Return whether something was typed after the right ending: ``gmail.com.com``."""
    return ending.startswith(f"{usual}.")


def _mend_ending(domain: str) -> str | None:
    """Return any domain with its unknown ending corrected: ``people.con`` to ``people.com``."""
    rest, _, ending = domain.rpartition(".")
    if not rest or not _is_unknown(ending):
        return None
    for plain in PLAIN_ENDINGS:
        if _count_slips(ending, plain, 1) <= 1:
            return f"{rest}.{plain}"
    return None


def _list_near(name: str) -> Iterator[str]:
    """Yield the providers' names that may have been meant by this one, the most likely first."""
    if name in REAL or not name:
        return
    found = []
    for meant in PROVIDERS:
        most = 2 if len(meant) >= LONG else 1
        slips = _count_slips(name, meant, most)
        if slips > most and (_squeeze(name) == _squeeze(meant) or sorted(name) == sorted(meant)):
            slips = most
        if slips <= most and _may_begin_so(name, meant, slips):
            found.append((slips, meant))
    for _, meant in sorted(found):
        yield meant


def _may_begin_so(name: str, meant: str, slips: int) -> bool:
    """Return whether the beginning of the name may be a typing error for the meant name.

    - The first letter is rarely mistyped, and many names differ by it alone: xmail, ucloud,
      postmail.
    """
    if name[0] == meant[0]:
        return slips == 1 or abs(len(name) - len(meant)) <= 1 or _squeeze(name) == _squeeze(meant)
    if slips > 1 or meant.endswith(("gmail", "cloud")):
        return sorted(name) == sorted(meant)  # two letters were swapped
    return (
        name[1:] == meant[1:]
        and name[0] in NEAR_ON_KEYS.get(meant[0], "")
        or name in (meant[1:], meant[1] + meant[0] + meant[2:])
    )


def _squeeze(name: str) -> str:
    """Return the name without doubled letters."""
    return "".join(letter for at, letter in enumerate(name) if at == 0 or name[at - 1] != letter)


def _count_slips(typed: str, meant: str, most: int) -> int:
    """Return how many letters are missing, too many, wrong or swapped with the next one.

    - The optimal string alignment distance; ``most + 1`` if it is certainly more than ``most``.
    """
    if abs(len(typed) - len(meant)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, a in enumerate(typed, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(meant, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == meant[j - 2] and typed[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _is_unknown(ending: str) -> bool:
    """Return whether the ending is not in the root of the DNS; reserved ones count as known."""
    top = ending.rpartition(".")[2]
    return top not in ("example", "test", "invalid", "localhost") and not _is_public(top)


def _is_public(ending: str) -> bool:
    return read_suffixes().publicsuffix(ending, accept_unknown=False) is not None
