"""Which tests run on SQLite alone, and which on SQLite and on PostgreSQL.

- A test runs on both, unless it is in one of ``PAGES``: those ask for pages, API answers and the
  output of commands. Their statements are replayed on PostgreSQL (tests/replayed_statements.py).
- In ``PAGES`` a test runs on both where it, its class or its module is marked ``both_databases``,
  ``own_database`` or ``faults``, or its file is one of ``KEPT``.
- A test on SQLite alone fails at its end if it did what PostgreSQL may do otherwise: a statement
  that the database refused, one from a second thread, a process that was started, forked or killed.
- ``pytest --both-databases`` runs all on both.
"""

import pytest

# Folders and files, from the top of the tree.
PAGES = (
    "tests/cli/",
    "tests/web/",
)
# Files within ``PAGES`` that run on both: what they look at is sorted or compared as texts, pages
# through rows in an order, takes locks, or says what the database is.
KEPT = (
    "tests/web/api/test_consent_changes.py",
    "tests/web/api/test_people.py",
    "tests/web/api/test_public_reads.py",
    "tests/web/test_group_pages.py",
    "tests/web/test_groups.py",
    "tests/web/test_operators.py",
    "tests/web/test_staff_comments.py",
    "tests/web/test_staff_review.py",
)
# The markers of tests that run on both wherever they are.
BOTH = ("both_databases", "own_database", "faults")


def choose_databases(metafunc: pytest.Metafunc) -> None:
    """Take PostgreSQL away from a test that runs on SQLite alone."""
    if "database_url" in metafunc.fixturenames and runs_on_sqlite_alone(metafunc.definition):
        metafunc.definition.add_marker(
            pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
        )


def runs_on_sqlite_alone(test: pytest.Item) -> bool:
    """Return whether a test runs on SQLite alone by the rule of its folder.

    - False for one that says by itself on which database it runs.
    """
    if test.config.getoption("--both-databases"):
        return False
    if not test.nodeid.startswith(PAGES) or test.nodeid.startswith(KEPT):
        return False
    chosen = any(
        "database_url" in mark.args[0].replace(",", " ").split()
        for mark in test.iter_markers("parametrize")
        if isinstance(mark.args[0], str)
    )
    return not chosen and not any(map(test.get_closest_marker, BOTH))
