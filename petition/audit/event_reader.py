"""Read the trail of some rows, of the database and of the archives, as if it were one."""

from collections.abc import Collection, Mapping

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from petition.audit.archive_files import COLUMNS, make_event, read_archive
from petition.audit.archive_store import open_archives
from petition.models import Event, EventArchive


def read_events(session: Session, about: Mapping[str, Collection[int]]) -> list[Event]:
    """Return the events of these rows in order; ``about``: ids by subject.

    - What is both in the database and in an archive is as the archive has it.
    - An archive is opened only where it may hold one of them. The session's transaction is ended
      before, since a store may be far away.
    - Raises StorageUnavailable and StorageCorrupt where an archive cannot be read.
    """
    wanted = {subject: set(ids) for subject, ids in about.items() if ids}
    if not wanted:
        return []
    rows = session.execute(
        select(*(getattr(Event, name) for name in COLUMNS)).where(
            or_(
                *(
                    and_(Event.subject == subject, Event.subject_id.in_(ids))
                    for subject, ids in wanted.items()
                )
            )
        )
    ).all()
    found = {row.id: make_event(row._asdict()) for row in rows}
    archives = [
        sha256
        for sha256, subjects, first_id, last_id in session.execute(
            select(
                EventArchive.sha256,
                EventArchive.subjects,
                EventArchive.first_id,
                EventArchive.last_id,
            ).order_by(EventArchive.id)
        )
        if any(_may_hold(subjects.get(subject), ids) for subject, ids in wanted.items())
        or any(first_id <= id <= last_id for id in found)
    ]
    if archives:
        session.rollback()
        store = open_archives()
        for sha256 in archives:
            for line in read_archive(store.read(sha256)):
                found.pop(line["id"], None)
                if line["subject_id"] in wanted.get(line["subject"], ()):
                    found[line["id"]] = make_event(line)
    return [found[id] for id in sorted(found)]


def _may_hold(span: list[int] | None, ids: Collection[int]) -> bool:
    return span is not None and any(span[0] <= id <= span[1] for id in ids)
