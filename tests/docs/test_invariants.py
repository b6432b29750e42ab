"""docs/invariants.md names constraints and tests that there are."""

import ast
import re
from pathlib import Path

import petition.models  # noqa: F401  registers the tables
from petition.database import Base
from tests.docs.pages import DOCS, ROOT

PAGE = (DOCS / "invariants.md").read_text("utf-8")
CONSTRAINT = re.compile(r"`((?:ck|uq|fk|pk)_\w+)`")
TRIGGER = re.compile(r"`(\w+_refuse_\w+)`")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


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
    missing = [
        f"{path}::{name}"
        for path, name in TEST.findall(PAGE)
        if name not in list_tests(ROOT / path)
    ]

    assert missing == []


def list_tests(path: Path) -> set[str]:
    """Return the names of the tests in a file, without importing it."""
    if not path.exists():
        return set()
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
