"""The lines of all events in order of id, wherever they are: in the database or in an archive."""

import heapq
from collections.abc import Iterator

from sqlalchemy import func, select, true

from petition.audit.archive_files import COLUMNS, read_archive
from petition.audit.archive_store import open_archives
from petition.audit.chain.event_lines import Line, write_event_line
from petition.core.extensions import db
from petition.models import Event, EventArchive


def find_lowest() -> int | None:
    """Return the lowest id of the events that are in the database; None without any."""
    found: int | None = db.session.scalar(select(func.min(Event.id)))
    db.session.rollback()
    return found


class StoredEvents:
    """Reads the events after an id, link by link; an archive is opened once, when it is needed.

    - The archives are those that there are at its making: make another one where an event is
      missing, since it may have been archived in between.
    - ``after``: None for all, whatever their ids. ``differing``: the first event of what was read
      last whose row is not as the archive has it.
    """

    def __init__(self, after: int | None = None) -> None:
        rows = db.session.execute(
            select(EventArchive.first_id, EventArchive.sha256)
            .where(EventArchive.last_id > after if after is not None else true())
            .order_by(EventArchive.first_id.desc())
        ).all()
        db.session.rollback()
        self.differing: int | None = None
        self._after = after
        self._closed = [(row.first_id, row.sha256) for row in rows]
        self._heads: list[tuple[int, int, bytes, Iterator[Line]]] = []

    def read(self, upto: int) -> list[Line]:
        """Return the lines after those that were read, up to the id ``upto``.

        - What is both in the database and in an archive is as the archive has it, as in
          ``read_events``: anybody may add a row of its id again, and a file has a known hash.
        - Raises StorageUnavailable and StorageCorrupt of an archive.
        """
        archived = dict(self._read_archived(upto))
        after = Event.id > self._after if self._after is not None else true()
        rows = db.session.execute(
            select(*(getattr(Event, name) for name in COLUMNS)).where(after, Event.id <= upto)
        ).all()
        db.session.rollback()
        stored = {row.id: write_event_line(row._asdict()) for row in rows}
        self.differing = min(
            (id for id, line in stored.items() if archived.get(id, line) != line), default=None
        )
        self._after = upto
        return sorted((stored | archived).items())

    def _read_archived(self, upto: int) -> Iterator[Line]:
        while self._closed and self._closed[-1][0] <= upto:
            _, sha256 = self._closed.pop()
            self._push(_read_lines(sha256), len(self._closed))
        while self._heads and self._heads[0][0] <= upto:
            id, place, line, rest = heapq.heappop(self._heads)
            self._push(rest, place)
            if self._after is None or id > self._after:
                yield id, line

    def _push(self, lines: Iterator[Line], place: int) -> None:
        first = next(lines, None)
        if first is not None:
            heapq.heappush(self._heads, (first[0], place, first[1], lines))


def _read_lines(sha256: str) -> Iterator[Line]:
    for line in read_archive(open_archives().read(sha256)):
        yield line["id"], write_event_line(line)
