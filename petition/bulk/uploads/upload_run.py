"""Imports uploaded lists in the background, and erases the people of those taken back.

- Only one worker has a list at a time; one that is killed is followed by another after LEASE, which
  continues after the last stored row. The rows and the refused ones are one transaction.
- A list ends where its organization is suspended or leaves the campaign, or the campaign closes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update

from petition.bulk.column_mapping import ColumnMapping
from petition.bulk.csv_records import CsvFile
from petition.bulk.import_rows import RefusedRow
from petition.bulk.import_run import import_file
from petition.bulk.import_undo import count_undoable, undo_batch
from petition.bulk.refused_rows import Describe, write_csv
from petition.bulk.uploads.upload_fields import list_open_campaigns
from petition.bulk.uploads.upload_pieces import (
    add_piece,
    count_pieces,
    delete_pieces,
    keep_on_disk,
    read_pieces,
)
from petition.core.clock import utcnow
from petition.core.errors import CampaignNotOpen, ImportRefused, NotFound
from petition.core.extensions import db, transaction
from petition.models import Campaign, ImportBatch, ImportUpload, PieceKind
from petition.signers.staff_requests.held_campaigns import CampaignHeld, find_hold

# Many times the turn of a job, and less than the two minutes in which lost work is found.
LEASE = timedelta(seconds=90)
# How long after a hold was found it is looked for again, before people are erased.
HELD_AGAIN = timedelta(hours=1)
CLOSED, STOPPED = "closed", "stopped"


class SealedRows:
    """The rows of a list that are refused, as sealed pieces; only for errors of their form."""

    tells_known = False

    def __init__(self, upload_id: int, headings: tuple[str, ...], describe: Describe) -> None:
        self._upload_id = upload_id
        self._headings = headings
        self._describe = describe
        self.length = 0

    def cut(self, length: int) -> None:
        """Continue after ``length`` bytes: what a killed run wrote was not committed."""
        self.length = length

    def write(self, rows: Sequence[RefusedRow]) -> int:
        """Add rows as a piece, in the transaction that counts them; return the length by now."""
        if rows:
            content = write_csv(self._headings, rows, self._describe, is_first=not self.length)
            number = count_pieces(self._upload_id, PieceKind.REFUSED) + 1
            add_piece(db.session(), self._upload_id, PieceKind.REFUSED, number, content)
            self.length += len(content)
        return self.length


def is_upload_due() -> bool:
    """Return whether a list is to be imported or taken back."""
    due = select(ImportUpload.id).where(ImportUpload.due_at <= utcnow()).limit(1)
    return db.session.scalar(due) is not None


def run_uploads(describe: Describe, is_over: Callable[[], bool]) -> int:
    """Work on the list that is due first until ``is_over``; return how many, 0 or 1.

    - ``describe``: the words for the problems of a row.
    """
    due = is_upload_due()
    db.session.rollback()
    claimed = _claim() if due else None
    if claimed is None:
        return 0
    upload_id, lease = claimed
    upload = db.session.get_one(ImportUpload, upload_id)
    batch = db.session.get_one(ImportBatch, upload.batch_id)
    batch_id, organization_id, is_undone = batch.id, upload.organization_id, bool(batch.undone_at)
    campaign = db.session.get_one(Campaign, upload.campaign_id).slug
    takes_part = campaign in dict(list_open_campaigns(organization_id))
    db.session.rollback()
    if is_undone:
        try:
            undo_batch(batch_id, actor="worker", tell=lambda *_: None, is_over=is_over)
        except CampaignHeld:
            _release(upload_id, lease, utcnow() + HELD_AGAIN)
            return 1
        left, _ = count_undoable(batch_id)
        if left:
            _release(upload_id, lease)
        else:
            _settle(upload_id, lease)
    elif not takes_part:
        _settle(upload_id, lease, STOPPED)
    else:
        _import(upload_id, batch_id, lease, describe, is_over)
    return 1


def _import(
    upload_id: int,
    batch_id: int,
    lease: datetime,
    describe: Describe,
    is_over: Callable[[], bool],
) -> None:
    upload = db.session.get_one(ImportUpload, upload_id)
    layout, columns = upload.layout, {field: int(at) for field, at in upload.columns.items()}
    sha256, size = upload.sha256, upload.size
    db.session.rollback()
    headings = tuple(layout.headings)
    mapping = ColumnMapping(headings, columns, ())
    report = SealedRows(upload_id, headings, describe)
    try:
        with keep_on_disk(read_pieces(upload_id, PieceKind.LIST)) as path:
            file = CsvFile(path, sha256, size, layout.encoding, layout.delimiter, headings)
            import_file(file, mapping, batch_id, report, lambda _: None, is_over)
    except (CampaignNotOpen, NotFound):
        _settle(upload_id, lease, CLOSED)
        return
    except ImportRefused:
        # Taken back meanwhile, and then due for that; or another worker is further than this one.
        return
    finished = db.session.scalar(select(ImportBatch.finished_at).where(ImportBatch.id == batch_id))
    db.session.rollback()
    if finished is None:
        _release(upload_id, lease)
    else:
        _settle(upload_id, lease)


def _claim() -> tuple[int, datetime] | None:
    now = utcnow()
    with transaction() as session:
        due_first = (
            select(ImportUpload)
            .where(ImportUpload.due_at <= now)
            .order_by(ImportUpload.due_at, ImportUpload.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        upload = session.scalars(due_first).first()
        if upload is None:
            return None
        upload.began_at = upload.began_at or now
        upload.due_at = lease = now + LEASE
        return upload.id, lease


def _settle(upload_id: int, lease: datetime, failure: str | None = None) -> None:
    """End the work on a list, and delete its file: nothing is read from it again."""
    now = utcnow()
    with transaction() as session:
        ended = session.scalar(
            update(ImportUpload)
            .where(*_is_mine(upload_id, lease))
            .values(
                due_at=None,
                ended_at=func.coalesce(ImportUpload.ended_at, now),
                failure=func.coalesce(ImportUpload.failure, failure),
            )
            .returning(ImportUpload.id)
        )
        if ended is None:
            return
        upload = session.get_one(ImportUpload, upload_id, populate_existing=True)
        if find_hold(session, upload.campaign_id) is not None:
            return  # retention deletes what is left after the release
        delete_pieces(session, upload_id, PieceKind.LIST)
        # The first rows name people, and so may the first line.
        upload.layout = replace(upload.layout, first_rows="[]")
        batch = session.scalars(
            select(ImportBatch)
            .join(ImportUpload, ImportUpload.batch_id == ImportBatch.id)
            .where(ImportUpload.id == upload_id)
        ).one()
        if failure is not None or batch.undone_at is not None:
            delete_pieces(session, upload_id, PieceKind.REFUSED)


def _release(upload_id: int, lease: datetime, due_at: datetime | None = None) -> None:
    with transaction() as session:
        mine = update(ImportUpload).where(*_is_mine(upload_id, lease))
        session.execute(mine.values(due_at=due_at or utcnow()))


def _is_mine(upload_id: int, lease: datetime) -> tuple[ColumnElement[bool], ...]:
    return ImportUpload.id == upload_id, ImportUpload.due_at == lease
