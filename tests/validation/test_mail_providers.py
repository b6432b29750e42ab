"""Which mail domain is somebody's own, and which is a provider's that everybody uses."""

import pytest
from disposable_email_domains import blocklist

from petition.validation.mail_domains import spell_domain
from petition.validation.mail_providers import LARGE, PROVIDERS, find_small_domain


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("x@catchall.example", "catchall.example"),
        ("x@a.catchall.example", "catchall.example"),
        ("x@b.a.CatchAll.example.", "catchall.example"),
        (" x@catchall。example ", "catchall.example"),
        ("x＠catchall.example", "catchall.example"),  # noqa: RUF001
        ("x@dept.cs.umass.edu", "umass.edu"),
        ("x@lexington.k12.ma.us", "lexington.k12.ma.us"),
        ("x@mail.boston.k12.ma.us", "boston.k12.ma.us"),
        ("x@student.anu.edu.au", "anu.edu.au"),
        ("x@cam.ac.uk", "cam.ac.uk"),
        ("x@free.eu.org", "eu.org"),
        ("x@straße.example", "straße.example"),
        ("x@a.xn--strae-oqa.example", "straße.example"),
        ("x@co.uk", "co.uk"),
    ],
)
def test_a_small_domain_is_what_somebody_had_to_buy(email: str, domain: str) -> None:
    assert find_small_domain(email) == domain


@pytest.mark.parametrize(
    "domain",
    (
        "gmail.com googlemail.com outlook.com hotmail.co.uk live.fr msn.com yahoo.com yahoo.co.in "
        "ymail.com aol.com icloud.com me.com proton.me pm.me fastmail.com jane.fastmail.fm ya.ru "
        "yandex.com gmx.de mail.com zoho.com comcast.net verizon.net att.net sbcglobal.net "
        "bellsouth.net cox.net charter.net spectrum.net nyc.rr.com earthlink.net "
        "privaterelay.appleid.com mozmail.com jane.mozmail.com duck.com simplelogin.com "
        "anonaddy.me passmail.net GMAIL.com ｇｍａｉｌ。com"
    ).split(),
)
def test_a_large_providers_is_nobodys_own(domain: str) -> None:
    assert find_small_domain(f"ada@{domain}") is None


@pytest.mark.parametrize("typed", ["", "ada", "ada@", "@", "ada@.", "x@" + "a" * 300_000])
def test_what_has_no_domain_has_no_small_one(typed: str) -> None:
    assert find_small_domain(typed) is None


def test_each_domain_is_named_once_and_as_it_is_spelled() -> None:
    named = [domain for provider in PROVIDERS for domain in provider.domains.split()]

    assert len(named) == len(set(named))
    assert all(spell_domain(domain) == domain for domain in LARGE)
    assert not LARGE & blocklist, "neither large nor thrown away"


def test_each_rule_names_its_source() -> None:
    assert all("." in provider.source and "/" in provider.source for provider in PROVIDERS)
