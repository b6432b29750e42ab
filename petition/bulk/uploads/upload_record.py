"""The ends of an organization's imports as its record tells them: nothing of who had signed before.

- Each is told at the moment that the list's own page tells (``find_told_end``), not when it was:
  people who have signed already take less time to read than others.
- An import that was taken back before that moment has no end, whether it had ended by then or not.
- What staff import for an organization has none here: nobody is told how long the file was.
"""

from collections.abc import Iterator

from sqlalchemy import select

from petition.bulk.uploads.upload_list import find_told_end
from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import ImportBatch, ImportUpload
from petition.partners.profile.organization_record import MOST, RecordEntry

READ = "A list of signatures was read"
ENDED_EARLY = "An import of a list of signatures ended early"


def list_told_ends(organization_id: int) -> Iterator[RecordEntry]:
    """Yield the latest ends of an organization's imports that are told by now."""
    rows = db.session.execute(
        select(
            ImportUpload.began_at,
            ImportUpload.ended_at,
            ImportUpload.rows,
            ImportUpload.failure,
            ImportBatch.actor,
            ImportBatch.undone_at,
        )
        .join(ImportBatch, ImportBatch.id == ImportUpload.batch_id)
        .where(
            ImportUpload.organization_id == organization_id,
            ImportUpload.began_at.is_not(None),
            ImportUpload.ended_at.is_not(None),
        )
        .order_by(ImportUpload.id.desc())
        .limit(MOST)
    )
    now = utcnow()
    for began_at, ended_at, count, failure, actor, undone_at in rows:
        at = find_told_end(began_at, count, ended_at) if began_at else None
        if at is not None and at <= now and (undone_at is None or at <= undone_at):
            yield RecordEntry(at, actor, ENDED_EARLY if failure else READ)
