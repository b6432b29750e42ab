"""Tests run on both databases unless they are known to be of pages and commands."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.databases import BOTH, KEPT, PAGES, runs_on_sqlite_alone
from tests.replayed_statements import BRANCHES, ROOT

TOP = Path(ROOT)
# What a test of an invariant of the database says.
INVARIANT = re.compile(
    r"IntegrityError|\bdialect\b|postgresql|Barrier\(|ThreadPool|Thread\(|\bos\.(kill|fork)|run_forked"
    r"|run_role|Forked\("
)
# Tests of ``PAGES`` that say so and read or write no database, or make their own.
WITHOUT = {
    "tests/cli/test_typed.py": "a terminal on SQLite",
    "tests/web/test_buffering.py": "a server without an app",
    "tests/web/test_threads.py": "threads without an app",
}
# Modules that do one thing on SQLite and another on PostgreSQL, and tests that do it on both.
DIALECTS = {
    "petition/audit/chain/settled_events.py": "tests/audit/",
    "petition/bulk/imported_rows.py": "tests/bulk/",
    "petition/campaigns/offer_sets.py": "tests/signing/",
    "petition/core/columns.py": "tests/models/",
    "petition/core/database.py": "tests/models/",
    "petition/core/extensions.py": "tests/signing/",
    "petition/counting/network_spread.py": "tests/counting/",
    "petition/counting/number_lists.py": "tests/counting/",
    "petition/health/core_checks.py": "tests/web/test_operators.py",
    "petition/health/metrics.py": "tests/web/test_operators.py",
    "petition/keys/rotation.py": "tests/keys/",
    "petition/locating/mailbox_history.py": "tests/locating/",
    "petition/locating/placement_store.py": "tests/locating/",
    "petition/notifications/mail_plans.py": "tests/notifications/",
    "petition/officials/import_lock.py": "tests/officials/",
    "petition/partners/consents/numbering.py": "tests/partners/",
    "petition/partners/feed/applied_changes.py": "tests/web/api/test_consent_changes.py",
    "petition/processes/alive.py": "tests/processes/",
    "petition/processes/liveness.py": "tests/processes/",
    "petition/retention/wal_checkpoints.py": "tests/security/",
    "petition/signing/challenges.py": "tests/signing/",
    "petition/signing/signature_rows.py": "tests/signing/",
    "petition/totals/total_counts.py": "tests/totals/",
}
BRANCH = re.compile(r"\bdialect\.name\b|is_sqlite\(")


def test_a_test_outside_of_pages_runs_on_both(request: pytest.FixtureRequest) -> None:
    assert not request.node.nodeid.startswith(PAGES)
    assert not runs_on_sqlite_alone(request.node)


@dataclass
class Described:
    """A test as pytest describes it, as far as the rule asks."""

    nodeid: str
    marks: tuple[pytest.MarkDecorator, ...] = ()
    both: bool = False

    @property
    def config(self) -> "Described":
        return self

    def getoption(self, name: str) -> bool:
        assert name == "--both-databases"
        return self.both

    def iter_markers(self, name: str) -> list[pytest.Mark]:
        return [mark.mark for mark in self.marks if mark.name == name]

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return next(iter(self.iter_markers(name)), None)


ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
PAGE = "tests/web/test_new_pages.py::test_it"


@pytest.mark.parametrize(
    ("test", "alone"),
    [
        (Described(PAGE), True),
        (Described("tests/cli/test_new.py::test_it"), True),
        (Described(PAGE, (pytest.mark.parametrize("page", [1, 2]),)), True),
        (Described(PAGE, (pytest.mark.both_databases,)), False),
        (Described(PAGE, (pytest.mark.own_database,)), False),
        (Described(PAGE, (pytest.mark.faults,)), False),
        (Described(PAGE, (ON_POSTGRESQL,)), False),
        (Described(PAGE, both=True), False),
        (Described(f"{KEPT[0]}::test_it"), False),
        (Described("tests/signing/test_new.py::test_it"), False),
        (Described("tests/new/test_new.py::test_it"), False),
    ],
)
def test_a_test_runs_on_both_unless_it_is_of_pages_and_says_nothing_else(
    test: Any, alone: bool
) -> None:
    assert runs_on_sqlite_alone(test) is alone


@pytest.mark.parametrize(
    "path",
    sorted(
        str(file.relative_to(TOP)) for folder in PAGES for file in (TOP / folder).rglob("test_*.py")
    ),
)
def test_a_page_s_test_of_an_invariant_is_marked(path: str) -> None:
    text = (TOP / path).read_text()

    if path.startswith(KEPT) or path in WITHOUT or not INVARIANT.search(text):
        return
    assert any(f"pytest.mark.{mark}" in text for mark in BOTH), INVARIANT.search(text)


def test_what_runs_on_both_is_there() -> None:
    for path in (*PAGES, *KEPT, *WITHOUT, *BRANCHES.values(), *DIALECTS.values()):
        assert (TOP / path).exists(), path


def test_every_branch_by_the_database_is_run_by_tests_on_both() -> None:
    found = {
        str(file.relative_to(TOP))
        for folder in ("petition", "workers")
        for file in (TOP / folder).rglob("*.py")
        if BRANCH.search(file.read_text())
    }

    assert found == DIALECTS.keys()
    for path in (*BRANCHES.values(), *DIALECTS.values()):
        assert not path.startswith(PAGES) or path.startswith(KEPT)


def test_what_sqlite_alone_has_is_used_by_known_modules() -> None:
    found = {
        str(file.relative_to(TOP))
        for file in (TOP / "petition").rglob("*.py")
        if re.search(r"\bname_(rows|pairs)\(session|\bunfold\(", file.read_text())
    }

    assert found - {"petition/counting/number_lists.py"} == BRANCHES.keys()
