"""The static files: every font that the style sheet names is there, under its own digest."""

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "petition" / "web" / "static"


def test_the_style_sheet_names_the_fonts_that_are_there_and_no_other_host() -> None:
    sheet = (STATIC / "hundredth.css").read_text("utf-8")

    named = set(re.findall(r'url\("([^"]+)"\)', sheet))

    assert named == {f"fonts/{path.name}" for path in (STATIC / "fonts").glob("*.woff2")}
    assert "http:" not in sheet and "https:" not in sheet


def test_a_fonts_name_carries_the_digest_of_its_bytes() -> None:
    for path in (STATIC / "fonts").glob("*.woff2"):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert path.name.split(".")[1] == digest[:10]


def test_the_fonts_licence_lies_beside_them() -> None:
    for name in ("OFL-sans.txt", "OFL-serif.txt"):
        assert "SIL OPEN FONT LICENSE" in (STATIC / "fonts" / name).read_text("utf-8")
