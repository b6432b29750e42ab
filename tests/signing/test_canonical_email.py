"""FAULT 12: the spellings of one person's address are one person; other people stay apart."""

import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import assume, example, given
from hypothesis import strategies as st

from petition.signing.canonical_email import canonical_email, read_email
from petition.validation.mail_providers import LARGE


@pytest.mark.parametrize(
    "spelling",
    [
        "ada.lovelace@gmail.com",
        "Ada.Lovelace@GMAIL.com",
        "adalovelace+petitions@gmail.com",
        "a.d.a.lovelace@googlemail.com",
        "ＡＤＡlovelace@gmail.com",
    ],
)
def test_spellings_of_one_address_are_one_person(spelling: str) -> None:
    email = read_email(spelling)

    assert email is not None
    assert canonical_email(email) == "adalovelace@gmail.com"


# Ways to write to one mailbox: of each line all are one person.
ONE_PERSON = [
    "jane@people.example Jane@People.EXAMPLE jane+a@people.example jane+a+b@people.example "
    "jane+@people.example",
    "+1jane@people.example +2jane@people.example +1jane+a@people.example +@people.example",
    "+15551234567@people.example +15551234567+a@people.example",
    "jane@gmail.com j.a.n.e@gmail.com jane@googlemail.com j.ane+x@googlemail.com",
    "jane@fastmail.com x@jane.fastmail.com y@jane.fastmail.com x+y@Jane.fastmail.com "
    "jane+x@fastmail.com",
    "jane_doe@sent.com x@jane-doe.sent.com",
    "jane@proton.me ja.ne@proton.me ja-ne@protonmail.com j_ane+x@pm.me jane@protonmail.ch",
    "jane@icloud.com jane@me.com jane@mac.com jane+x@mac.com",
    "jane.doe@yandex.ru jane-doe@yandex.ru jane.doe@ya.ru jane-doe+x@yandex.com "
    "jane.doe@yandex.by jane.doe@yandex.kz jane.doe@yandex.ua jane.doe@narod.ru",
    "jane@yahoo.com jane-shop@yahoo.com jane-news@yahoo.com jane-a-b+c@yahoo.com",
    "jane-shop@yahoo.co.uk jane-news@yahoo.co.uk",
    "jane@outlook.com jane+x@outlook.com JANE@outlook.com",
    "a@jane.mozmail.com b@jane.mozmail.com",
    "a@jane.anonaddy.com b+c@jane.anonaddy.com",
    "jane@m\u00fcnchen.example jane@M\u00dcNCHEN.example jane@xn--mnchen-3ya.example "
    "jane@mu\u0308nchen.example jane@m\u00fcnchen\u3002example jane\uff20m\u00fcnchen.example",
    "jane@stra\u00dfe.example jane@xn--strae-oqa.example JANE@Stra\u00dfe.example",
    "kim@people.example \u212aim@people.example",  # the sign of kelvin
]
# Of each line all are other people.
SEVERAL_PEOPLE = [
    "jane@people.example jane@other.example jane@a.people.example janet@people.example",
    "ja.ne@people.example jane@people.example ja-ne@people.example ja_ne@people.example",
    "+15551234567@people.example +15551234568@people.example 15551234567@people.example",
    "ja.ne@outlook.com jane@outlook.com ja-ne@outlook.com",
    "jane@outlook.com jane@hotmail.com jane@live.com jane@msn.com",
    "ja_ne@gmail.com jane@gmail.com ja-ne@gmail.com jane@gmail.example",
    "jane@yahoo.com jane@ymail.com jane@rocketmail.com jane@yahoo.co.uk ja.ne@yahoo.com "
    "ja_ne@yahoo.com",
    "ann-marie@ymail.com ann-rose@ymail.com ann@ymail.com",
    "ann-marie@yahoo.co.jp ann-rose@yahoo.co.jp",
    "jane@fastmail.com jane@fastmail.fm jane@sent.com ja.ne@fastmail.com ja_ne@fastmail.com",
    "x@jane.fastmail.com x@joan.fastmail.com x@jane.fastmail.fm jane.doe@fastmail.com "
    "doe@fastmail.com",
    "x@jane.people.example jane@people.example",
    "ja.ne@icloud.com jane@icloud.com ja-ne@me.com",
    "ja_ne@yandex.ru ja.ne@yandex.ru jane@yandex.ru",
    "jane@proton.me jane@passmail.net jane@simplelogin.com jane@protonmail.example",
    "a@mozmail.com b@mozmail.com a@jane.mozmail.com a@joan.mozmail.com",
    "a@privaterelay.appleid.com b@privaterelay.appleid.com",
    "jane@stra\u00dfe.example jane@strasse.example",
    "jane@\u03c3\u03b1\u03c2.example jane@\u03c3\u03b1\u03c3.example",
    "jane@m\u00fcnchen.example jane@munchen.example jane@muenchen.example",
]


def read_canonical(typed: str) -> str:
    email = read_email(typed)
    assert email is not None, typed
    return canonical_email(email)


@pytest.mark.parametrize("line", ONE_PERSON)
def test_all_ways_to_write_to_one_mailbox_are_one_person(line: str) -> None:
    assert len({read_canonical(typed) for typed in line.split()}) == 1


@pytest.mark.parametrize("line", SEVERAL_PEOPLE)
def test_two_people_are_never_made_one(line: str) -> None:
    assert len({read_canonical(typed) for typed in line.split()}) == len(line.split())


@pytest.mark.parametrize(
    "email", ["ada.l@people.example", "info@m\u00fcnchen.example", "a-b_c@hotmail.com"]
)
def test_an_address_without_any_trick_is_its_own_canonical_spelling(email: str) -> None:
    assert canonical_email(email) == email  # so the digests of earlier signatures stay good


NAME = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
TAG = st.from_regex(r"\+[a-z0-9.+_-]{0,8}[a-z0-9]", fullmatch=True)
DOMAIN = st.sampled_from(sorted(LARGE) + ["people.example", "m\u00fcnchen.example"])


@given(NAME, TAG, DOMAIN)
def test_case_and_a_tag_make_nobody_else_anywhere(name: str, tag: str, domain: str) -> None:
    assert canonical_email(f"{name.upper()}{tag}@{domain.upper()}") == canonical_email(
        f"{name}@{domain}"
    )


@given(NAME, NAME, DOMAIN)
def test_two_plain_names_are_two_people_at_every_provider(
    one: str, another: str, domain: str
) -> None:
    assume(one != another)

    assert canonical_email(f"{one}@{domain}") != canonical_email(f"{another}@{domain}")


@given(NAME, st.lists(st.sampled_from(["", "\u00df", "ss", "s\u00df"]), min_size=2, max_size=2))
def test_domains_of_two_owners_are_two_peoples(name: str, ends: list[str]) -> None:
    assume(ends[0] != ends[1])

    one, another = (canonical_email(f"{name}@stra{end}e.example") for end in ends)

    assert one != another


@pytest.mark.parametrize("typed", ["", "ada", "ada@", "@people.example", "a b@people.example"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    assert read_email(typed) is None


LOCAL = st.from_regex(r"[A-Za-z0-9+._-]{1,12}", fullmatch=True) | st.text(max_size=6)
BELOW = st.sampled_from(["", "jane.", "a.jane-doe.", "J.", "xn--mnchen-3ya."])


@given(st.emails() | st.builds("{}@{}{}".format, LOCAL, BELOW, DOMAIN))
def test_canonical_spelling_is_its_own_canonical_spelling(email: str) -> None:
    once = canonical_email(email)

    assert canonical_email(once) == once


PLAIN = st.from_regex(r"[A-Za-z0-9_+.-]{1,66}", fullmatch=True)
HOST = st.from_regex(r"[A-Za-z0-9-]{1,64}(\.[A-Za-z0-9-]{1,64}){0,4}\.?", fullmatch=True)


@example("Info@people.example")
@example("a" * 60 + "@" + "xn--mnchen-3ya." * 8 + "de")
@example("a" * 64 + "@" + ("b" * 40 + ".") * 4 + "example")
@given(st.emails() | st.builds("{}@{}".format, PLAIN, HOST) | st.text("a.@ü<>\"' -", max_size=9))
def test_the_short_way_for_plain_addresses_says_what_the_validator_says(typed: str) -> None:
    try:
        found = validate_email(
            unicodedata.normalize("NFKC", typed).strip(),
            check_deliverability=False,
            allow_smtputf8=False,
        ).normalized
    except EmailNotValidError:
        found = None

    assert read_email(typed) == found
