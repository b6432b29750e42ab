"""docs/invariants.md names constraints and tests that there are."""

import re

import petition.models  # noqa: F401  registers the tables
from petition.core.database import Base
from tests.docs.pages import DOCS, ROOT, TEST, list_missing_tests

PAGE = (DOCS / "invariants.md").read_text("utf-8")
CONSTRAINT = re.compile(r"`((?:ck|uq|fk|pk)_\w+)`")
RULE = re.compile(r"docs/invariants\.md, rule (\d+)")
HEADING = re.compile(r"^## (\d+)\. ", re.MULTILINE)
TRIGGER = re.compile(r"`(\w+_refuse_\w+)`")


def test_every_constraint_that_is_named_exists() -> None:
    tables = Base.metadata.tables.values()
    known = {str(item.name) for table in tables for item in table.constraints}
    known |= {str(index.name) for table in tables for index in table.indexes}
    # Names that the naming convention makes are only there once the tables are made.
    migrations = "".join(
        path.read_text() for path in (ROOT / "migrations" / "versions").glob("*.py")
    )

    named = set(CONSTRAINT.findall(PAGE))

    assert named
    assert {name for name in named if name not in known and f'"{name}"' not in migrations} == set()


def test_every_trigger_that_is_named_exists() -> None:
    migrations = "".join(
        path.read_text() for path in (ROOT / "migrations" / "versions").glob("*.py")
    )

    named = set(TRIGGER.findall(PAGE))

    assert named
    assert {name for name in named if name not in migrations} == set()


def test_every_test_that_is_named_exists() -> None:
    assert TEST.findall(PAGE)
    assert list_missing_tests(PAGE) == []


def test_every_rule_that_code_cites_is_on_the_page() -> None:
    modules = [*(ROOT / "petition").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]

    cited = {number for path in modules for number in RULE.findall(path.read_text("utf-8"))}

    assert cited
    assert cited <= set(HEADING.findall(PAGE))
