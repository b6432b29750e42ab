"""The file of a campaign: TOML in UTF-8, or one problem that says why it is none."""

from pathlib import Path

import pytest

from petition.campaigns.campaign_file import find_line, read_campaign_file
from petition.campaigns.problem_codes import DefinitionRefused


def test_a_file_is_read_by_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "campaign.toml"
    path.write_text('slug = "libros"\ntitle = "¿Más?"\n[guards]\nhoneypot = true\n', "utf-8")

    found = read_campaign_file(path)

    assert found == {"slug": "libros", "title": "¿Más?", "guards": {"honeypot": True}}


@pytest.mark.parametrize(
    "content",
    [
        b"slug = ",
        b'slug = "one"\nslug = "two"',
        b'slug = "caf\xe9"',
        b'slug = "\x00"',
        b'slug = "\\ud800"',
        b"step = 1" + b"0" * 5_000,
        b"layers = " + b"[" * 50_000,
        b"opens_at = 2027-13-01T00:00:00Z",
    ],
)
def test_what_is_no_toml_is_one_problem_of_the_whole_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "campaign.toml"
    path.write_bytes(content)

    with pytest.raises(DefinitionRefused) as refused:
        read_campaign_file(path)

    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("", "not-toml")
    ]


FILE = '''slug = "a"
letter = """
title = "no key, but a line of the letter"
"""
title = "b"

[guards]
sign_limit = "x"

[[bills]]
number = "S.1"

[[bills]]
number = "S.2"
url = "nowhere"
'''


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("slug", 1),
        ("letter", 2),
        ("title", 5),
        ("guards", 7),
        ("guards.sign_limit", 8),
        ("guards.honeypot", 7),
        ("bills.1.number", 11),
        ("bills.2", 13),
        ("bills.2.url", 15),
        ("organization.2", None),
        ("ask", None),
    ],
)
def test_a_field_is_found_in_its_line(field: str, line: int | None) -> None:
    assert find_line(FILE, field) == line
