"""The lines of this host's journals, which a restored backup must be told of.

``decisions.log``: who left; ``handovers.log``: what was handed over. No line goes that the oldest
backup may need: settings are refused that would have it (petition/core/retention_limits.py).
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from petition.journals.handovers import find_log
from petition.journals.line_files import drop_lines, read_lines
from petition.retention.data_kind import PastData
from petition.signers.erasure_log import find_journal, read_journal


def look_at_journals(before: datetime) -> PastData:
    """Return how many lines were written before a moment."""
    moments = [
        at
        for path, read in _list_files()
        for line in read_lines(path)
        if (at := read(line)) is not None and at < before
    ]
    return PastData(len(moments), min(moments, default=None))


def erase_journals(before: datetime, limit: int) -> int:
    """Take the lines out that were written before a moment; a file is done whole, or not at all.

    - What is damaged stays: nobody knows how old it is. Raises StorageUnavailable.
    """
    return sum(
        drop_lines(path, partial(_is_old, read=read, before=before)) for path, read in _list_files()
    )


def _is_old(line: str, read: Callable[[str], datetime | None], before: datetime) -> bool:
    at = read(line)
    return at is not None and at < before


def _list_files() -> Iterator[tuple[Path, Callable[[str], datetime | None]]]:
    yield find_journal(), _read_decision
    yield find_log(), _read_handover


def _read_decision(line: str) -> datetime | None:
    damaged: list[int] = []
    found = next(read_journal([line], damaged), None)
    return found.at if found is not None and not damaged else None


def _read_handover(line: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(json.loads(line)["at"])
    except (ValueError, TypeError, KeyError):
        return None
    return at if at.tzinfo is not None else None
