"""The staff pages wear the colours of the public ones, from a sheet of their own."""

import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "petition" / "web" / "static"
BLOCK = re.compile(r":root[^{]* \{(.*?)\}", re.DOTALL)
TOKEN = re.compile(r"(--[a-z0-9-]+):\s*([^;]+);")


def read_tokens(name: str) -> list[dict[str, str]]:
    """Return the tokens of a sheet: the light ones, then the dark."""
    blocks = BLOCK.findall((STATIC / name).read_text())[:2]
    return [dict(TOKEN.findall(block)) for block in blocks]


def test_both_sheets_have_the_same_tokens() -> None:
    public, staff = read_tokens("hundredth.css"), read_tokens("staff.css")

    assert len(public) == len(staff) == 2
    for theirs, ours in zip(public, staff, strict=True):
        assert ours
        assert {name: theirs.get(name) for name in ours} == ours


def test_every_token_and_font_that_is_used_is_there() -> None:
    sheet = (STATIC / "staff.css").read_text()

    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", sheet))
    assert used <= set(read_tokens("staff.css")[0])
    for font in re.findall(r'url\("([^"]+)"\)', sheet):
        assert (STATIC / font).is_file()
