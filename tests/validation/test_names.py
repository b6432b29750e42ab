"""What is a name and what is none, in one place for the form, the letter and the mail."""

import time
import unicodedata
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from petition.core.errors import ImportRefused
from petition.demo.invented_people import invent_forms
from petition.letters.printed_text import clean_name
from petition.mail import make_address
from petition.mail.headers import render_message
from petition.validation.names import (
    NAME_LIMIT,
    NameProblem,
    NameRefused,
    check_whole_name,
    join_names,
    read_name,
    read_organization_name,
)

NAMES = (
    "A",
    "王",
    "Ng",
    "O'Brien",
    "O’Brien",
    "ʻIolani",
    "Sukarno",
    "John Smith III",
    "John 3rd",
    "2Pac",
    "Example1234",
    "J. R.",
    "J.R.R. Tolkien",
    "J.Smith",
    "e.e. cummings",
    "Ph.D",
    "King, Jr.",
    "Wm.Smith",
    "Md.Rahim",
    "Dr.Ng",
    "Robert (Bob) Oakes",
    "Frithiof S:son Holm",
    "Ravi s/o Kumar",
    "Smith/Jones",
    "Kim & Lee",
    "W. W. W. Smith",
    "van der Berg-Lindqvist y Figueroa de la Cerda",
    "Ó Súilleabháin",
    "Gal·la",
    "Straße",
    "Łukasz Żółć",
    "Nguyễn Thị Ánh",
    "x̌ʷənəq̓ʷ",
    "А.С.Пушкин",
    "Γιώργος Παπαδόπουλος",
    "Արամ Պետրոսյան",
    "ნინო ბერიძე",
    "አበበ ቢቂላ",
    "山田 太郎",
    "约翰·史密斯",
    "ジョン・スミス",
    "김민수",
    "محمد الأحمد",
    "د.محمد",
    "می\u200cخواهم",
    "יוסף כהן",
    "שָׁלוֹם",
    "अनिल शर्मा",
    "ශ්\u200dරී",
    "മോഹന്\u200d",
    "എം.ടി. വാസുദേവൻ",
    "எம்.ஜி.ராமச்சந்திரன்",
    "สมชาย ใจดี",
    "ด.ช.สมชาย",
    "ကျွန်ုပ်မြင့်",
    "བསྟན་འཛིན་",
    "x" * 60,
    "q̈" * 60,
)
PRINT_NOTHING = (
    "\u3164",
    "\u2800",
    "\u200b",
    "\u00ad",
    "\u115f\u1160",
    "\uffa0",
    "\U000e0041\U000e0064\U000e0061",
    "\ufe0f",
    "\U000e0100",
    "\u2065",
    "\u180e\u180b",
    "\U0001d159",
    "\U0001f600",
    "\U0001f469\u200d\U0001f467",
    "\U0001f1fa\U0001f1f8",
    "\u0301",
    "\u0301\u0302 \u0303",
    "\u093e\u0902",
    "\ufe0e\u200d",
)
NO_LETTERS = ("...", "—", "?", "12345", "٣٤", "☺", "( )", "ʼ", "№ 5", "$", "½", "🄰")
ADDRESSES = (
    "https://spam.example/x",
    "WIN $1000 at http://spam.example !!!",
    "your mailbox is full, open https://evil.example/login now",
    "HTTPS://EVIL",
    "hxxp:evil",
    "mailto:ada",
    "ht\u200btps:/\u200b/evil",
    "h t t p : / / evil",
    "http∶∕∕evil",
    "http：／／evil",
    "http:\\\\evil",
    "//evil",
    "evil:\n//example",
    "www.evil",
    "WWW.Evil",
    "w w w . evil",
    "ww\u00adw\u200b.evil",
    "ｗｗｗ．ｅｖｉｌ",
    "ⓦⓦⓦ.evil",
    "𝐰𝐰𝐰.evil",
    "ʷʷʷ.evil",
    "www。evil",
    "www•evil",
    "ada@evil.example",
    "ada @ home",
    "ada＠evil",
    "ada﹫evil",
    "ada(at)evil",
    "evil [dot] example",
    "evil.example",
    "Evil.Example",
    "EVIL.SHOP",
    "evil.com.",
    "(evil.com)",
    "my-evil.co.uk",
    "sub.x.tk",
    "x.com",
    "t.me/evil",
    "evil.example/login",
    "evil․example⁄login",
    "evil。example",
    "evil·com",
    "ev\u200dil\u2060.com",
    "evi\u0338l.shop",
    "пример.рф",
    "例え.テスト",
    "evil.xn--p1ai",
    "look: /login",
)
LONE_NUMBERS = ("John 3", "WIN $1000", "call 555 1234", "A-12", "Ada 🔥 ４", "192.168.0.1 Ada")
typed = st.text(max_size=80) | st.text(
    st.sampled_from(
        "aé\u0301\u0323z.:/@w1 -'\u200d\u200c\u200b\ufe0f\u3164\u00ad\u2800王เ็क्ക്ー\u1100\u1161"
    ),
    max_size=40,
)


@pytest.mark.parametrize("name", NAMES)
def test_real_names_of_every_kind_are_names_as_they_are_written(name: str) -> None:
    assert read_name(name) == unicodedata.normalize("NFC", name)
    assert clean_name(read_name(name)) == read_name(name)


@pytest.mark.parametrize("text", PRINT_NOTHING)
def test_what_prints_nothing_is_no_name(text: str) -> None:
    for tried in (text, f" {text} ", text * 5, f"{text}.{text}", f"{text}7"):
        with pytest.raises(NameRefused) as refused:
            read_name(tried)
        assert refused.value.problem == NameProblem.NO_LETTER, ascii(tried)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        *((NameProblem.NO_LETTER, text) for text in NO_LETTERS),
        *((NameProblem.ADDRESS, text) for text in ADDRESSES),
        *((NameProblem.NUMBER, text) for text in LONE_NUMBERS),
        *((NameProblem.UNPRINTABLE, text) for text in ("A\0da", "A\x1b[31m", "\ue000A", "\ud800A")),
        *((NameProblem.EMPTY, text) for text in ("", " ", "\t\r\n", "\u2003")),
    ],
)
def test_what_is_no_name_is_refused_for_its_reason(problem: NameProblem, text: str) -> None:
    with pytest.raises(NameRefused) as refused:
        read_name(text)

    assert refused.value.problem == problem


@pytest.mark.parametrize(
    "marked",
    [
        "\u200eAda\u200f",
        "\u202aAda\u202c",
        "\u2068Ada\u2069",
        "\ufeffAda",
        "A\u2060da",
        "A\u200dd\u200ca",
        "Ad\u00ada",
        "Ada\u00a0",
        "\u00a0Ada\u3000\n",
        "Ada\ufe0f",
        "A\U000e0100da",
        "Ada\U000e0041",
        "Ada \U0001f600",
        "\u0301Ada",
        "Ada \u0301",
    ],
)
def test_marks_that_nobody_sees_go_without_a_word(marked: str) -> None:
    assert read_name(marked) == "Ada"


@given(typed)
@example("क\u200d\u061c")
@example("e\u200b\u0301")
@example("a\u0338\u0338\u0338\u0338\u0338\u200d\u0915")
def test_every_name_that_is_taken_is_one_and_prints_as_it_is(text: str) -> None:
    try:
        name = read_name(text)
    except NameRefused:
        return

    assert any(unicodedata.category(character).startswith("L") for character in name)
    assert 0 < len(name) <= NAME_LIMIT
    assert name == " ".join(name.split())
    assert read_name(name) == clean_name(name) == name
    plain = unicodedata.normalize("NFKC", name).casefold().replace(" ", "")
    assert not any(sign in plain for sign in ("://", "www.", "@"))
    assert not {"Cc", "Cs", "Co", "Cn"} & set(map(unicodedata.category, name))


@given(typed, typed)
@example("ww", "w.evil")
@example("http:", "/ /evil")
def test_two_parts_that_are_taken_make_one_name(first: str, last: str) -> None:
    try:
        given, family = read_name(first), read_name(last)
        check_whole_name(given, family)
    except NameRefused:
        return

    whole = join_names(given, family)
    assert read_name(whole) == clean_name(whole) == whole


def test_a_name_of_the_greatest_length_is_whole_in_the_letter_and_in_the_mail() -> None:
    for letter in ("x", "王", "م", "q̈"):
        name = " ".join([letter * (14 // len(letter))] * 10)[:NAME_LIMIT].rstrip()
        assert read_name(name) == clean_name(name) == name
        mail = EmailMessage(policy=SMTP)
        mail["To"] = make_address(name, "ada@people.example")
        read = message_from_bytes(render_message(mail), policy=default)["To"].addresses
        # Older Pythons read a blank between two encoded words that is none (RFC 2047, 6.2).
        assert ["".join(one.display_name.split()) for one in read] == ["".join(name.split())]
        assert read[0].addr_spec == "ada@people.example"
    check_whole_name("x" * (NAME_LIMIT - 2), "y")


def test_a_longer_name_is_refused_and_not_cut() -> None:
    for parts in (("x" * (NAME_LIMIT + 1),), ("x" * (NAME_LIMIT - 1), "y")):
        with pytest.raises(NameRefused) as refused:
            read_name(parts[0]) and check_whole_name(*parts)
        assert refused.value.problem == NameProblem.LONG
        assert refused.value.length == NAME_LIMIT + 1


def test_a_hundred_thousand_marks_are_refused_at_once() -> None:
    started = time.perf_counter()

    with pytest.raises(NameRefused):
        read_name("A" + "\u0316\u0301" * 50_000)

    assert time.perf_counter() - started < 0.1


@pytest.mark.parametrize("name", ["350.org", "change.org", "7-Eleven", "Friends of Reading", "王"])
def test_an_organization_may_have_digits_and_dots(name: str) -> None:
    assert read_organization_name(f"\u200e{name}\u00a0", "organization") == name


@pytest.mark.parametrize(
    "name", ["", " ", "\u3164", "\u200b", "350", "...", "\U0001f600", "x" * 151]
)
def test_an_organization_whose_name_prints_nothing_is_refused_by_its_key(name: str) -> None:
    with pytest.raises(ImportRefused, match="^organization: "):
        read_organization_name(name, "organization")


def test_every_invented_person_of_the_demonstration_has_a_name() -> None:
    for form in invent_forms(2_000, ["02139"], 7):
        assert read_name(form["given_name"]) == form["given_name"]
        assert read_name(form["family_name"]) == form["family_name"]
        check_whole_name(form["given_name"], form["family_name"])
