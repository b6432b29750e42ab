"""Names and comments as they go to paper: everything that can be read, nothing that cannot."""

import pytest

from petition.letters.printed_text import (
    bind_end,
    clean_line,
    clean_paragraphs,
    reads_right_to_left,
    shorten_line,
)


@pytest.mark.parametrize(
    "name",
    [
        "José Núñez",
        "O'Brien-Ó Súilleabháin",
        "Nguyễn Thị Ánh",
        "王小明",
        "山田 太郎",
        "김민수",
        "محمد الأحمد",
        "יוסף כהן",
        "अनिल शर्मा",
        "สมชาย ใจดี",
        "Γιώργος",
        "ʻIolani",
        "می\u200cخواهم",  # Persian is misspelt without its joiner
        "ශ්\u200dරී",  # and so is Sinhala
    ],
)
def test_a_name_in_any_script_stays_as_it_is(name: str) -> None:
    assert clean_line(name) == name


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("zero\u200bwidth", "zerowidth"),
        ("a\u200db", "ab"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\u2066iso\u2069late\ufeff", "isolate"),
        ("nul\x00bell\x07", "nulbell"),
        ("soft\u00adhyphen", "softhyphen"),
        ("  tabs\tand\r\nlines\u2028 ", "tabs and lines"),
        ("no\u00a0break", "no break"),
        ("e\u0301", "é"),
        ("Z" + "\u0338" * 30, "Z" + "\u0338" * 4),
        ("Sam \U0001f600\u200d\U0001f525", "Sam"),
        ("blank\u2800\u3164", "blank"),
        ("lone \ud800", "lone"),
        ("\ue000private", "private"),
    ],
)
def test_what_cannot_be_seen_goes(typed: str, printed: str) -> None:
    assert clean_line(typed) == printed


def test_a_line_that_is_too_long_ends_with_an_ellipsis() -> None:
    line = clean_line("x" * 5000)

    assert len(line) == 120
    assert line.endswith("x…")


def test_a_comment_keeps_its_paragraphs_and_stops_at_its_limit() -> None:
    assert clean_paragraphs("One.\r\n\r\n  \nTwo.\x00\n") == ("One.", "Two.")
    assert sum(map(len, clean_paragraphs("word\n" * 5000))) <= 2000


def test_the_direction_is_that_of_the_first_letter_that_has_one() -> None:
    assert reads_right_to_left("123 שלום hello")
    assert not reads_right_to_left("hello שלום")
    assert not reads_right_to_left("123")


@pytest.mark.parametrize(
    ("text", "limit", "printed"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two three", 7, "one…"),
        ("one, two three", 8, "one…"),
        ("onetwothree", 5, "onet…"),
        ("one\u200b  two", 7, "one two"),
    ],
)
def test_a_long_line_is_cut_after_a_word(text: str, limit: int, printed: str) -> None:
    assert shorten_line(text, limit) == printed
    assert len(printed) <= limit


def test_a_short_last_word_is_bound_to_the_one_before() -> None:
    assert bind_end("keep cameras out of our county") == "keep cameras out of our\u00a0county"
    assert bind_end("county") == "county"
    assert bind_end("") == ""
    assert bind_end("of the commissionership") == "of the commissionership"
