"""Names in any script, in any number, however odd (FAULTS 18)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from petition.letters.content import Comment, Signer
from petition.letters.render import render_letter
from petition.validation.names import NAME_LIMIT, read_name
from tests.letters.samples import list_fonts, make_content, read_text, read_words

LEFT_TO_RIGHT = (
    "王小明",
    "山田 太郎",
    "김민수",
    "अनिल शर्मा",
    "สมชาย ใจดี",
    "Ольга Иванова",
    "Γιώργος Παπαδόπουλος",
    "Nguyễn Thị Ánh",
    "Łukasz Żółć",
    "Արամ Պետրոսյան",
    "ნინო ბერიძე",
    "አበበ ቢቂላ",
)
RIGHT_TO_LEFT = ("محمد الأحمد", "יוסף כהן")
RENDER_MANY = """
import json, resource, sys, time
from petition.letters.render import render_letter
from tests.letters.samples import make_content, make_signers
from petition.letters.content import Signer
odd = ("x" * 5000, "a\\u202eb\\u0000c", "محمد الأحمد", "王小明", "Z" + "\\u0338" * 500)
signers = tuple(
    Signer(s.number, odd[s.number // 97 % 5] if s.number % 97 == 0 else s.name, s.locality)
    for s in make_signers(int(sys.argv[1]))
)
start = time.process_time()
letter = render_letter(make_content(signers=signers, total=len(signers)))
print(json.dumps({
    "seconds": time.process_time() - start,
    "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "pages": letter.pages,
}))
"""


def test_names_in_other_scripts_print_as_themselves() -> None:
    names = LEFT_TO_RIGHT + RIGHT_TO_LEFT
    signers = tuple(Signer(n, name, "Lowell") for n, name in enumerate(names, 1))

    pdf = render_letter(make_content(signers=signers, total=len(names))).pdf

    text = read_text(pdf)
    for name in LEFT_TO_RIGHT:
        assert "".join(name.split()) in "".join(text.split())
    assert {
        "Noto-Serif-CJK-SC",
        "Noto-Serif-Devanagari",
        "Noto-Serif-Thai",
        "Noto-Naskh-Arabic",
        "Noto-Serif-Hebrew",
        "Noto-Serif-Armenian",
        "Noto-Serif-Georgian",
        "Noto-Serif-Ethiopic",
    } <= list_fonts(pdf)


def test_a_right_to_left_name_does_not_turn_its_line_round() -> None:
    pdf = render_letter(make_content(signers=(Signer(1, "יוסף כהן", "Lowell"),), total=1)).pdf

    words = read_words(pdf, page=2)
    row = next(top for _, top, _, _, word in words if word == "Lowell")
    line = [word for _, top, _, _, word in sorted(words) if abs(top - row) < 0.1]

    # From left to right: the number, the family name, the given name, the place.
    assert line[0] == "1"
    assert "".join(sorted(line[1])) == "".join(sorted("כהן"))
    assert "".join(sorted(line[2].strip(","))) == "".join(sorted("יוסף"))
    assert line[3] == "Lowell"


def test_a_name_that_the_form_takes_stands_whole_behind_its_number() -> None:
    longest = " ".join(["Mariner-Lindqvist"] * 9)[:NAME_LIMIT]
    names = [*map(read_name, ("\u200eA\u2060", "Ng\u00a0", "Sukarno\ufeff", "q̈" * 60)), longest]
    signers = tuple(Signer(n, name, "Lowell") for n, name in enumerate(names, 1))

    text = read_text(render_letter(make_content(signers=signers, total=len(names))).pdf)

    printed = "".join(text.split())
    for number, name in enumerate(names, 1):
        assert f"{number}{''.join(name.split())},Lowell" in printed
    assert "…" not in text


def test_odd_names_and_comments_are_printed_without_what_cannot_be_seen() -> None:
    signers = (
        Signer(1, "zero\u200bwidth\x00 \u202ereversed", "Lo\u2066well"),
        Signer(2, "Ada", ""),
    )
    comments = (Comment("A", "B", "x" * 5000), Comment("A", "B", "\x00\u202e"))

    text = read_text(render_letter(make_content(signers=signers, comments=comments)).pdf)

    assert "1 zerowidth reversed, Lowell" in text
    assert "\x00" not in text
    assert text.count("x" * 20) > 10


@pytest.mark.faults
def test_ten_thousand_names_take_less_than_a_minute_and_a_gibibyte(rounds: int) -> None:
    names = 10_000 if rounds > 2 else 2_000  # in the suite a part of them, in a part of the time
    # Processor time: a machine that does other things besides takes nothing away from the letter.
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", RENDER_MANY, str(names)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    result = json.loads(done.stdout)
    assert result["seconds"] < 60 * names / 10_000
    assert result["mib"] < 1024
    assert result["pages"] > 50 * names / 10_000
