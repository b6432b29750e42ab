"""Whether the DNS says that e-mail of the sender's domain is sent by who may: SPF, DKIM, DMARC.

- SPF is RFC 7208, DKIM RFC 6376, DMARC RFC 7489. Only what is published is checked: whether the
  mail server signs, and sends from an address that SPF lists, shows only in an e-mail.
- Names that can never exist (RFC 2606, RFC 6761) are not asked for.
"""

from collections.abc import Iterator
from functools import cache

from publicsuffixlist import PublicSuffixList

from petition.core.settings import Settings
from petition.openings.check_lines import CheckCode, CheckLine, find_ok, find_problem, warn
from petition.openings.name_server import NameServerUnavailable, NoSuchDomain, TextRecords

RESERVED = ("example", "test", "invalid", "localhost", "local", "internal")
RESERVED_DOMAINS = ("example.com", "example.net", "example.org")


def check_domain(settings: Settings) -> list[CheckLine]:
    """Return the lines about the domain of PETITION_MAIL_FROM; none where no e-mail is sent.

    - Takes at most the seconds of TextRecords. Never raises for what a name server does.
    """
    if settings.smtp_url is None:
        return []
    domain = settings.mail_host.strip().rstrip(".").lower()
    if is_reserved(domain):
        return [warn(CheckCode.DOMAIN_RESERVED, domain=domain)]
    try:
        name = domain.encode("idna").decode()
    except UnicodeError:
        return [warn(CheckCode.DOMAIN_UNCHECKED, domain=domain)]
    records = TextRecords(settings.dns_server)
    try:
        return list(_judge(name, settings.dkim_selector, records))
    except NoSuchDomain:
        return [find_problem(CheckCode.DOMAIN_MISSING, domain=domain)]
    except NameServerUnavailable:
        return [warn(CheckCode.DOMAIN_UNCHECKED, domain=domain)]


def is_reserved(domain: str) -> bool:
    """Return whether a domain is one that nobody can register, or no domain at all."""
    last = domain.rpartition(".")[2]
    of_example = any(domain == one or domain.endswith(f".{one}") for one in RESERVED_DOMAINS)
    return "." not in domain or last in RESERVED or of_example


def _judge(name: str, selector: str, records: TextRecords) -> Iterator[CheckLine]:
    spf, dkim = _judge_spf(name, records), _judge_dkim(name, selector, records)
    yield spf
    yield dkim
    is_spf = spf.code in (CheckCode.SPF_OK, CheckCode.SPF_OPEN)
    if not is_spf and dkim.code is not CheckCode.DKIM_OK:
        yield find_problem(CheckCode.UNPROVED, domain=name)
    yield _judge_dmarc(name, records, is_proved=is_spf or dkim.code is CheckCode.DKIM_OK)


def _judge_spf(name: str, records: TextRecords) -> CheckLine:
    found = [one.split() for one in records.read(name) if one.lower().split()[:1] == ["v=spf1"]]
    if not found:
        return warn(CheckCode.SPF_MISSING, domain=name)
    if len(found) > 1:
        return find_problem(CheckCode.SPF_SEVERAL, domain=name, number=len(found))
    if {"all", "+all", "?all"} & {term.lower() for term in found[0]}:
        return warn(CheckCode.SPF_OPEN, domain=name)
    return find_ok(CheckCode.SPF_OK, domain=name)


def _judge_dkim(name: str, selector: str, records: TextRecords) -> CheckLine:
    if not selector:
        return warn(CheckCode.DKIM_UNKNOWN, domain=name)
    place = f"{selector}._domainkey.{name}"
    keys = [tags["p"] for tags in map(_read_tags, _read(place, records)) if "p" in tags]
    if not keys:
        return warn(CheckCode.DKIM_MISSING, place=place)
    if not any(keys):
        return find_problem(CheckCode.DKIM_REVOKED, place=place)
    return find_ok(CheckCode.DKIM_OK, place=place)


def _judge_dmarc(name: str, records: TextRecords, *, is_proved: bool) -> CheckLine:
    found: list[dict[str, str]] = []
    place = name
    for place in _list_dmarc_places(name):
        texts = _read(f"_dmarc.{place}", records)
        found = [tags for tags in map(_read_tags, texts) if tags.get("v", "").upper() == "DMARC1"]
        if found:
            break
    if not found:
        return warn(CheckCode.DMARC_MISSING, domain=name)
    if len(found) > 1:
        return find_problem(CheckCode.DMARC_SEVERAL, domain=place, number=len(found))
    tag = "p" if place == name else "sp"
    policy = (found[0].get(tag) or found[0].get("p") or "none").lower()
    if policy in ("reject", "quarantine") and not is_proved:
        return find_problem(CheckCode.DMARC_REFUSES, domain=place, policy=policy)
    return find_ok(CheckCode.DMARC_OK, domain=place, policy=policy if policy.isalpha() else "?")


def _list_dmarc_places(name: str) -> list[str]:
    """Return the domain, then the one that it is registered under."""
    registered = _read_suffixes().privatesuffix(name)
    return [name] if registered in (None, name) else [name, str(registered)]


@cache
def _read_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _read(name: str, records: TextRecords) -> list[str]:
    """Return the text records of a name; none also where the name does not exist."""
    try:
        return records.read(name)
    except NoSuchDomain:
        return []


def _read_tags(text: str) -> dict[str, str]:
    """Return the tags of a record of DKIM or DMARC (RFC 6376, 3.2)."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, equals, value in pairs if equals}
