"""Slips in a mail domain are asked about; domains at which people have mailboxes never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.signing.domain_typos import PROVIDERS, REAL, find_slip
from petition.validation.mail_providers import FORWARDERS, LARGE

NAMES = sorted(name for name in PROVIDERS if name not in ("gmail", "icloud"))
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (typed, meant)
        for meant, slips in {
            "gmail.com": "gmial.com gmai.com gmal.com gmil.com gamil.com gmali.com gnail.com "
            "gmaill.com ggmail.com gimal.com g-mail.com gmai1.com GMIAL.COM gmail.con gmail.cmo "
            "gmail.co gmail.cm gmail.om gmail.comm gmail.vom gmail.net gmail.org gmail.co.uk "
            "gmail.com.com gmail.c gmial.con www.gmail.com",
            "yahoo.com": "yaho.com yahooo.com yahoooo.com yhaoo.com ayhoo.com ahoo.com tahoo.com "
            "yah00.com yahoo.con yahoo.co yahoo.cm",
            "yahoo.co.uk": "yaho.co.uk yhaoo.co.uk",
            "hotmail.com": "hotmial.com hotmai.com hotmal.com hormail.com homtail.com otmail.com "
            "hotmail.co hotmail.con hotmial.co",
            "hotmail.fr": "hotmial.fr",
            "outlook.com": "outlok.com outloook.com otlook.com outlook.con ourlook.com",
            "icloud.com": "iclod.com icluod.com iclould.com icloud.co icloud.con",
            "aol.com": "aol.con aol.co aoll.com",
            "comcast.net": "comcast.nte comcast.met comast.net concast.net",
            "sbcglobal.net": "sbcglobal.com sbcgloble.net",
            "people.com": "people.con people.cmo",
            "college.edu": "college.eud",
        }.items()
        for typed in slips.split()
    ],
)
def test_a_slip_is_known_by_what_was_meant(typed: str, meant: str) -> None:
    assert find_slip(f"ada@{typed}") == meant


@pytest.mark.parametrize(
    "domain",
    "gmx.com ymail.com mail.com hotmail.de email.com aol.de live.nl yahoo.co.jp yahoo.ne.jp "
    "yahoo.cn comcast.com verizon.com att.com cox.com charter.com earthlink.com rmail.com "
    "pmail.com qmail.com cloud.com ucloud.cn postmail.com hushmail.com outdoor.com grail.com "
    "version.net compact.net people.example gmail.example town.gov college.edu k12.ma.us "
    "umail.ucsb.edu proton.com mail.ru outlook.ie live.com.pt hotmail.com.pe com co".split(),
)
def test_a_domain_of_somebodys_own_is_no_slip(domain: str) -> None:
    assert find_slip(f"ada@{domain}") is None


def test_no_large_provider_and_no_forwarder_is_a_slip_of_another() -> None:
    assert not {domain for domain in LARGE | FORWARDERS if find_slip(f"ada@{domain}")}


@given(st.sampled_from(NAMES), st.data())
def test_two_letters_swapped_or_one_missing_or_doubled_within_a_name_are_a_slip(
    name: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(1, len(name) - 2))
    typed = data.draw(
        st.sampled_from(
            [
                name[:at] + name[at + 1] + name[at] + name[at + 2 :],
                name[:at] + name[at + 1 :],
                name[:at] + name[at] + name[at:],
            ]
        )
    )
    meant = PROVIDERS[name]

    found = find_slip(f"ada@{typed}.{meant.partition('.')[2]}")

    assert found == meant or typed == name or typed in REAL


@given(st.text(max_size=90))
def test_whatever_is_typed_is_answered(typed: str) -> None:
    found = find_slip(f"ada@{typed}")

    assert found is None or "." in found
