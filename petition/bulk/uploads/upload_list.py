"""An organization's uploads as it sees them: nothing of it depends on who has signed before.

- A list must not become a test of who has signed. What is shown follows from the file, from the
  moment when a worker took it, and from a fixed speed: not from how many rows were stored, which
  are slower to store than those of known people to skip.
- Only where the import was slower than that is its end seen, and then in whole minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, exists, select

from petition.bulk.uploads.upload_pieces import read_pieces
from petition.bulk.uploads.upload_problems import UploadProblem
from petition.bulk.uploads.upload_requests import UNDO_WITHIN
from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.models import (
    Campaign,
    ImportBatch,
    ImportUpload,
    LegalHold,
    PieceKind,
    UploadPiece,
    User,
)

# Rows a second that are told; an import on one core of a small machine is several times as fast.
ROWS_A_SECOND = 500
SHORTEST = timedelta(seconds=5)
MOST = 50
DRAFT, WAITING, RUNNING, DONE, FAILED, UNDONE = (
    "draft",
    "waiting",
    "running",
    "done",
    "failed",
    "undone",
)


@dataclass(frozen=True, slots=True)
class UploadLine:
    """An upload as its organization reads it.

    - ``rows``: about how many the file has. ``told_rows``: how many are told as read.
      ``seconds_left``: until the end is told. ``accepted``: rounded down to tens; None before the
      end. ``has_refused``: whether there is a file of refused rows. ``undo_until``: None for a
      draft. ``is_kept``: it was taken back, and its people stay for a legal hold.
    """

    id: int
    person: str
    campaign: str
    name: str
    source: str
    size: int
    rows: int
    created_at: datetime
    state: str
    failure: str | None
    told_rows: int
    seconds_left: int
    accepted: int | None
    has_refused: bool
    undo_until: datetime | None
    is_kept: bool

    @property
    def may_undo(self) -> bool:
        """Whether the organization may take it back now."""
        is_begun = self.state not in (DRAFT, UNDONE)
        return is_begun and self.undo_until is not None and utcnow() <= self.undo_until


@dataclass(frozen=True, slots=True)
class UploadDraft:
    """A list whose columns are to be chosen: its headings and first rows, and what was guessed."""

    campaign_id: int
    headings: list[str]
    sample: list[list[str]]
    columns: dict[str, int]


def list_uploads(organization_id: int, upload_id: int | None = None) -> list[UploadLine]:
    """Return the uploads of an organization, or one of them, the newest first."""
    refused = exists().where(
        UploadPiece.upload_id == ImportUpload.id, UploadPiece.kind == PieceKind.REFUSED.value
    )
    query = (
        select(
            ImportUpload,
            ImportBatch,
            Campaign.title,
            User.email,
            refused,
            ~LegalHold.spares(ImportUpload.campaign_id),
        )
        .join(Campaign, Campaign.id == ImportUpload.campaign_id)
        .join(User, User.id == ImportUpload.user_id)
        .outerjoin(ImportBatch, ImportBatch.id == ImportUpload.batch_id)
        .where(ImportUpload.organization_id == organization_id, ImportUpload.stored_at.is_not(None))
        .order_by(ImportUpload.id.desc())
        .limit(MOST)
    )
    if upload_id is not None:
        query = query.where(ImportUpload.id == upload_id)
    now = utcnow()
    return [_describe(row, now) for row in db.session.execute(query)]


def get_upload(organization_id: int, upload_id: int) -> UploadLine:
    """Return one upload; raises NotFound alike for another organization's and for none."""
    for line in list_uploads(organization_id, upload_id):
        return line
    raise NotFound(UploadProblem.NOT_FOUND)


def get_draft(organization_id: int, upload_id: int) -> UploadDraft:
    """Return what is known of a list whose columns are to be chosen; raises NotFound."""
    upload = db.session.get(ImportUpload, upload_id)
    if upload is None or upload.organization_id != organization_id or upload.batch_id is not None:
        raise NotFound(UploadProblem.NOT_FOUND)
    columns = {field: int(at) for field, at in upload.columns.items()}
    layout = upload.layout
    return UploadDraft(upload.campaign_id, layout.headings, layout.sample, columns)


def read_refused(organization_id: int, upload_id: int) -> Iterator[bytes]:
    """Return the file of refused rows, piece by piece; raises NotFound where there is none yet."""
    line = get_upload(organization_id, upload_id)
    if line.state != DONE or not line.has_refused:
        raise NotFound(UploadProblem.NOT_FOUND)
    return read_pieces(upload_id, PieceKind.REFUSED)


def find_told_end(began_at: datetime, rows: int, ended_at: datetime | None) -> datetime | None:
    """Return when the end of an import is told; None while it goes on and its time is over.

    - ``ended_at``: when it really ended.
    """
    planned = began_at + SHORTEST + timedelta(seconds=rows / ROWS_A_SECOND)
    if ended_at is not None and ended_at <= planned:
        return planned
    if ended_at is None:
        return planned if utcnow() < planned else None
    minutes = -((planned - ended_at) // timedelta(minutes=1))
    return planned + timedelta(minutes=minutes)


def _describe(
    row: Row[ImportUpload, ImportBatch | None, str, str, bool, bool], now: datetime
) -> UploadLine:
    upload, batch, campaign, person, has_refused, is_held = row
    end = find_told_end(upload.began_at, upload.rows, upload.ended_at) if upload.began_at else None
    is_told = upload.ended_at is not None and end is not None and now >= end
    state = _find_state(upload, batch, is_told)
    is_done = state == DONE and batch is not None
    return UploadLine(
        id=upload.id,
        person=person,
        campaign=campaign,
        name=upload.layout.name,
        source=batch.source if batch else "",
        size=upload.size,
        rows=upload.rows,
        created_at=upload.created_at,
        state=state,
        failure=upload.failure if state == FAILED else None,
        told_rows=_tell_rows(upload, now) if state == RUNNING else 0,
        seconds_left=max(0, int((end - now).total_seconds())) if end else 0,
        accepted=_round(batch) if is_done and batch else None,
        has_refused=has_refused and is_done,
        undo_until=batch.started_at + UNDO_WITHIN if batch else None,
        is_kept=is_held and state == UNDONE,
    )


def _find_state(upload: ImportUpload, batch: ImportBatch | None, is_told: bool) -> str:
    if batch is None:
        return DRAFT
    if batch.undone_at is not None:
        return UNDONE
    if upload.began_at is None:
        return WAITING
    if not is_told:
        return RUNNING
    return FAILED if upload.failure else DONE


def _tell_rows(upload: ImportUpload, now: datetime) -> int:
    if upload.began_at is None:
        return 0
    passed = (now - upload.began_at).total_seconds()
    return min(upload.rows, max(0, int(passed * ROWS_A_SECOND)))


def _round(batch: ImportBatch) -> int:
    return (batch.signed + batch.known + batch.withdrew) // 10 * 10
