"""docs/faults.md has every fault, and names tests that there are."""

import re

from tests.docs.pages import DOCS, ROOT, TEST, list_missing_tests, list_tests

PAGE = (DOCS / "faults.md").read_text("utf-8")
ROW = re.compile(r"^\| (\d+) \| \S[^|]* \|[^|]*\|$", re.MULTILINE)
SECTION = re.compile(r"^## (\d+)\. (.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
FAULTS = [*map(str, range(1, 32))]


def test_every_fault_has_its_row_and_its_section_in_order() -> None:
    assert ROW.findall(PAGE) == FAULTS
    assert [number for number, _ in SECTION.findall(PAGE)] == FAULTS


def test_every_fault_names_tests() -> None:
    assert [number for number, text in SECTION.findall(PAGE) if not TEST.findall(text)] == []


def test_every_test_that_is_named_exists() -> None:
    assert list_missing_tests(PAGE) == []
    # Nothing is named in a way that this does not see.
    assert PAGE.count("::") == len(TEST.findall(PAGE))


def test_every_test_of_the_attacks_is_named() -> None:
    files = sorted((ROOT / "tests" / "security").glob("test_*.py"))
    written = {name for path in files for name in list_tests(path) if name.startswith("test_")}

    assert written <= {name for _, name in TEST.findall(PAGE)}
