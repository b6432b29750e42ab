"""The lines of this host's journals, which are replayed into a restored backup.

``decisions.log``: signatures that ended; ``handovers.log``: messages handed over. A period shorter
than the age of the oldest backup is refused (petition/core/retention_limits.py), so that no line is
deleted that a restore needs.
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


def count_past_journals(before: datetime) -> PastData:
    """Return how many lines were written before ``before``."""
    moments = [
        at
        for path, read in _list_files()
        for line in read_lines(path)
        if (at := read(line)) is not None and at < before
    ]
    return PastData(len(moments), min(moments, default=None))


def erase_journals(before: datetime, limit: int) -> int:
    """Delete the lines that were written before ``before``, each file atomically; return how many.

    - A damaged line is kept, since its age is unknown. Raises StorageUnavailable.
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
