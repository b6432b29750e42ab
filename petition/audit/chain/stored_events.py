"""The lines of all events in order of id, wherever they are: in the database or in an archive."""

import heapq
from collections.abc import Iterator

from sqlalchemy import select

from petition.audit.archive_files import COLUMNS, read_archive
from petition.audit.archive_store import open_archives
from petition.audit.chain.event_lines import Line, write_event_line
from petition.core.extensions import db
from petition.models import Event, EventArchive


class StoredEvents:
    """Reads the events after an id, link by link; an archive is opened once, when it is needed.

    - The archives are those that there are at its making: make another one where an event is
      missing, since it may have been archived in between.
    """

    def __init__(self, after: int) -> None:
        rows = db.session.execute(
            select(EventArchive.first_id, EventArchive.sha256)
            .where(EventArchive.last_id > after)
            .order_by(EventArchive.first_id.desc())
        ).all()
        db.session.rollback()
        self._after = after
        self._closed = [(row.first_id, row.sha256) for row in rows]
        self._heads: list[tuple[int, int, bytes, Iterator[Line]]] = []

    def read(self, upto: int) -> list[Line]:
        """Return the lines after those that were read, up to the id ``upto``.

        - What is both in the database and in an archive is read from the database.
        - Raises StorageUnavailable and StorageCorrupt of an archive.
        """
        archived = dict(self._read_archived(upto))
        rows = db.session.execute(
            select(*(getattr(Event, name) for name in COLUMNS)).where(
                Event.id > self._after, Event.id <= upto
            )
        ).all()
        db.session.rollback()
        found = archived | {row.id: write_event_line(row._asdict()) for row in rows}
        self._after = upto
        return sorted(found.items())

    def _read_archived(self, upto: int) -> Iterator[Line]:
        while self._closed and self._closed[-1][0] <= upto:
            _, sha256 = self._closed.pop()
            self._push(_read_lines(sha256), len(self._closed))
        while self._heads and self._heads[0][0] <= upto:
            id, place, line, rest = heapq.heappop(self._heads)
            self._push(rest, place)
            if id > self._after:
                yield id, line

    def _push(self, lines: Iterator[Line], place: int) -> None:
        first = next(lines, None)
        if first is not None:
            heapq.heappush(self._heads, (first[0], place, first[1], lines))


def _read_lines(sha256: str) -> Iterator[Line]:
    for line in read_archive(open_archives().read(sha256)):
        yield line["id"], write_event_line(line)
