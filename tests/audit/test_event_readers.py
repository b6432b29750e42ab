"""Events are a record: they are shown, and nothing reads one to decide what to do."""

import ast
import re
from pathlib import Path

import petition
import workers

# What shows events: the log of deliveries and of milestones, and what a signer may download of
# themselves. clock_drift.py compares the newest moment there is with this host's clock.
READERS = {
    "accounts/account_list.py",  # the latest only: archived ones are not shown
    "attention/cards.py",  # the latest of each card only: archived ones are not shown
    "audit/trail.py",  # writes them
    "audit/event_archives.py",  # moves them into files, and decides by their month alone
    "audit/archive_files.py",
    "audit/trail_search.py",  # the page of the trail, and its files
    # The chain: which events are settled, their links, and whether they are still the same.
    "audit/chain/settled_events.py",
    "audit/chain/event_chain.py",
    "audit/chain/stored_events.py",
    "audit/event_reader.py",  # reads both for those below
    "models/__init__.py",
    "delivery/log/delivery_log.py",
    "delivery/log/evidence_timeline.py",
    "delivery/log/evidence_pack.py",  # packs what the log shows, and decides nothing
    "counting/milestone_list.py",
    "health/clock_drift.py",
    "web/staff/deliveries/timeline.py",
    "web/staff/accounts/account_words.py",
    "cli/deliveries/delivery_tables.py",
    "signers/staff_requests/signature_view.py",
    "web/staff/signatures/signature_log.py",
    "partners/profile/organization_record.py",  # the latest only: archived ones are not shown
}
TABLE = re.compile(r"\b(from|join|into|update)\s+events\b", re.IGNORECASE)


def names_events(source: str) -> bool:
    """Return whether a module imports the model, or names its table in SQL."""
    tree = ast.parse(source)
    imported = any(
        alias.name == "Event"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("petition.models")
        for alias in node.names
    )
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return imported or any(isinstance(text, str) and TABLE.search(text) for text in texts)


def test_only_what_shows_events_reads_them() -> None:
    found = {
        str(path.relative_to(root))
        for root in (Path(petition.__file__).parent, Path(workers.__file__).parent)
        for path in root.rglob("*.py")
        if names_events(path.read_text("utf-8"))
    }

    assert found == READERS


def test_a_reader_is_found_by_its_import_and_by_its_sql() -> None:
    assert names_events("from petition.models import Campaign, Event")
    assert names_events("query = text('SELECT 1 FROM events WHERE id = 1')")
    assert not names_events("from threading import Event")
