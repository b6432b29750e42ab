"""The tokens of the dark scheme, which three style sheets have: where one is changed, all are."""

import re
from importlib.resources import files

import pytest

DARK = {
    "hundredth.css": ":root:not([data-scheme=light])",
    "embed.css": ":root[data-scheme=dark]",
}


def read_sheet(name: str) -> str:
    return (files("petition.web") / "static" / name).read_text()


def read_tokens(name: str, selector: str) -> dict[str, str]:
    """Return the tokens that a style sheet sets by this selector, which it has once."""
    sheet = read_sheet(name)
    assert sheet.count(f"{selector} {{") == 1
    block = sheet.partition(f"{selector} {{")[2].partition("}")[0]
    return dict(re.findall(r"(--[\w-]+): ([^;]+);", block))


def test_a_frame_on_a_dark_website_has_the_colors_of_a_dark_page() -> None:
    page, frame = (read_tokens(name, selector) for name, selector in DARK.items())

    assert len(page) > 15
    assert frame == page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_staff_pages_have_the_same_colors(scheme: str) -> None:
    if scheme == "light":
        public, staff = (read_tokens(name, "\n:root") for name in ("hundredth.css", "staff.css"))
    else:
        public = read_tokens("hundredth.css", DARK["hundredth.css"])
        staff = read_tokens("staff.css", "\n  :root")

    assert len(staff) > 10
    assert {name: public[name] for name in staff} == staff
