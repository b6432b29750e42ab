"""The words of the e-mail with a letter: ask, count, towns, then the whole letter as plain text."""

import unicodedata
from datetime import date

import pytest

from petition.letters.content import LetterBill, LetterContact, Signer
from petition.letters.mail_words import write_mail
from petition.letters.plain_text import write_plain
from tests.letters.samples import make_content, make_signers

QUOTES = "“”‘’"


def test_it_says_ask_count_and_towns_and_then_the_letter() -> None:
    mail = write_mail(
        make_content(
            signers=make_signers(100),
            total=100,
            ask="Please adopt a rule this year.",
            position="support",
            bill=LetterBill("H.R. 4411"),
            deadline=date(2027, 3, 1),
            contact=LetterContact("Jo Rivera", "(617) 555-0100"),
        )
    )

    assert mail["subject"] == "100 residents of Middlesex County ask you to support H.R. 4411"
    assert mail["salutation"] == "Dear Members:"
    parts = mail["text"].split("\n\n")
    assert parts[:4] == [
        "Please adopt a rule this year.",
        "Please act by March 1, 2027.",
        "100 residents of Middlesex County, Massachusetts, have signed the open letter below. "
        "Their names are in the attached PDF.",
        "Towns: Cambridge (20), Lowell (20), Medford (20), Newton (20), Somerville (20)\n"
        "Contact: Jo Rivera, (617) 555-0100\n"
        "Replies: hi@door.example",
    ]
    assert "freedom to walk through Middlesex County without a camera" in mail["text"]
    assert " 1. forbids departments to buy or use face surveillance, and" in mail["text"]
    assert mail["text"].endswith(
        "With thanks for your service,\n\n100 residents of Middlesex County\n\n* * *"
    )


def test_it_names_no_signer_and_says_no_words_of_one() -> None:
    mail = write_mail(make_content(signers=make_signers(100), total=100))

    assert not [signer.name for signer in make_signers(100) if signer.name in str(mail)]
    assert "Please hold a hearing first." not in str(mail)


def test_a_campaign_without_an_ask_keeps_its_topic_as_the_subject() -> None:
    mail = write_mail(make_content(topic="Cameras in {{ district.name }}"))

    assert mail["subject"] == "3 residents of Middlesex County: Cameras in Middlesex County"
    assert mail["text"].startswith("3 residents of Middlesex County, Massachusetts, have signed")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("One\ntwo\n\nthree", "One two\n\nthree"),
        ("**Bold** and *thin*", "Bold and thin"),
        ("[a page](https://a.example/x)", "a page (https://a.example/x)"),
        ("# Head\n\nText", "Head\n\nText"),
        ("3. c\n4. d", " 3. c\n 4. d"),
        ("- a\n- b\n\nend", "  - a\n  - b\n\nend"),
        ("- a\n  - b", "  - a\n      - b"),
        ("> said\n> so", "> said so"),
        ("a\n\n---\n\nb", "a\n\n* * *\n\nb"),
        ('{{ count }} "of" us', "3 “of” us"),
        ("<b>raw</b> `code`", "<b>raw</b> `code`"),
    ],
)
def test_markdown_is_plain_text(source: str, text: str) -> None:
    assert write_plain(source, {"count": "3"}, QUOTES) == text


def test_a_long_title_is_cut_in_the_subject_alone() -> None:
    title = "Keep the library open in the evening " * 8

    mail = write_mail(make_content(ask="Please act.", campaign_title=title.strip()))

    assert len(mail["subject"]) < 160
    assert mail["subject"].endswith("…")


def test_few_towns_are_named_and_the_others_counted() -> None:
    signers = tuple(Signer(n, "Ana Vega", f"Town {n % 12:02}") for n in range(1, 101))

    text = write_mail(make_content(signers=signers, total=100))["text"]

    assert (
        "Towns: Town 01 (9), Town 02 (9), Town 03 (9), Town 04 (9), Town 00 (8), Town 05 (8), "
        "6 other towns (48)"
    ) in text


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("en", 0, ""),
        ("en", 1, "One of the signers would like a reply; the address is in the attached file."),
        (
            "en",
            12,
            "12 of the signers would like a reply; their addresses are in the attached file. Use "
            "them only to answer.",
        ),
        (
            "es",
            12,
            "12 de las personas firmantes quisieran una respuesta; sus direcciones",
        ),
    ],
)
def test_it_says_how_many_would_like_an_answer(language: str, number: int, words: str) -> None:
    without = write_mail(make_content(language=language))["text"]

    text = write_mail(make_content(language=language, wants_reply=number))["text"]

    if words:
        assert [part for part in text.split("\n\n") if part.startswith(words)]
    else:
        assert text == without


def test_nothing_in_the_ask_or_the_contact_turns_the_words_around() -> None:
    mail = write_mail(
        make_content(
            ask="Please pass\u2067 H.R. 10\u2069 now.\u200e",
            contact=LetterContact("Jo\u2067 Rivera", "(617) 555-0100"),
        )
    )

    assert "Please pass H.R. 10 now.\n" in mail["text"]
    assert "Contact: Jo Rivera, (617) 555-0100\n" in mail["text"]
    assert not any(unicodedata.category(letter) == "Cf" for letter in mail["text"])
