"""What members do with a list: upload it, say what its columns are, discard it, take it back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import IO

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from petition.bulk.import_batches import store_batch
from petition.bulk.import_undo import mark_undone, refuse_undo
from petition.bulk.uploads.upload_choice import UploadChoice, read_choice
from petition.bulk.uploads.upload_fields import guess_columns, list_fields, takes_part
from petition.bulk.uploads.upload_file import LARGEST_LIST, read_layout
from petition.bulk.uploads.upload_pieces import keep_on_disk, split_file, store_list
from petition.bulk.uploads.upload_problems import UploadProblem
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import (
    ImportBatch,
    ImportUpload,
    Organization,
    UploadPiece,
)
from petition.models.signatures.signature import make_link_secret
from petition.signers.staff_requests.held_campaigns import HoldProblem, refuse_held

# Lists of one organization within a day.
MOST_A_DAY = 10
# How long after its beginning the organization may take an import back.
UNDO_WITHIN = timedelta(days=7)


def receive_list(
    organization_id: int, user_id: int, campaign: str, name: str, file: IO[bytes]
) -> int:
    """Store an uploaded file, and what its columns look like; return the upload's id.

    - Raises InvalidInput for a file that cannot be read or is too large, and for a campaign in
      which the organization does not take part; UserError after too many within a day.
    """
    campaign_id = takes_part(organization_id, campaign)
    if campaign_id is None:
        raise InvalidInput({"campaign": Problem(UploadProblem.CAMPAIGN_UNKNOWN)})
    secret = make_link_secret()
    with keep_on_disk(split_file(file, LARGEST_LIST)) as path:
        found = read_layout(path, name, secret)
        with transaction() as session:
            _lock(session, organization_id)
            _refuse_many(session, organization_id)
            upload = ImportUpload(
                organization_id=organization_id,
                user_id=user_id,
                campaign_id=campaign_id,
                sha256=found.sha256,
                size=found.size,
                rows=found.rows,
                layout=found.layout,
                bound_to=secret,
                columns=guess_columns(
                    found.layout.headings, list_fields(session, organization_id, campaign_id)
                ),
                created_at=utcnow(),
            )
            session.add(upload)
            session.flush()
            upload_id = upload.id
        store_list(upload_id, path)
    with transaction() as session:
        _find(session, organization_id, upload_id).stored_at = utcnow()
    return upload_id


def begin_upload(
    organization_id: int,
    user_id: int,
    upload_id: int,
    form: Mapping[str, str],
    proof: bytes = b"",
) -> None:
    """Begin the import of a list as its form says, once; sent again it changes nothing.

    - Raises NotFound, InvalidInput, and UserError if the same file was imported before.
    """
    with transaction() as session:
        _lock(session, organization_id)
        upload = _find(session, organization_id, upload_id)
        if upload.batch_id is not None:
            return
        if upload.stored_at is None:
            raise NotFound(UploadProblem.NOT_FOUND)
        fields = list_fields(session, organization_id, upload.campaign_id)
        choice = read_choice(form, proof, upload.layout.headings, fields)
        _refuse_same(session, upload)
        now = utcnow()
        upload.batch_id = _make_batch(session, upload, choice, f"partner:{user_id}")
        upload.columns = dict(choice.columns)
        upload.agreed = choice.agreed
        upload.due_at = now
        wake_after_commit(session, Stage.IMPORT)


def discard_upload(organization_id: int, upload_id: int) -> None:
    """Delete a list that was not begun; raises NotFound for any other, and CampaignHeld."""
    with transaction() as session:
        upload = _find(session, organization_id, upload_id)
        if upload.batch_id is not None:
            raise NotFound(UploadProblem.NOT_FOUND)
        refuse_held(session, upload.campaign_id, HoldProblem.DISCARD)
        session.execute(delete(UploadPiece).where(UploadPiece.upload_id == upload_id))
        session.delete(upload)


def undo_upload(organization_id: int, user_id: int, upload_id: int) -> None:
    """Take an import back: no further row is imported, and a worker erases its people.

    - Raises NotFound, and UserError when the time for it is over. Raises CampaignHeld under a legal
      hold: the import stops then, and a worker erases its people after the release.
    """
    batch_id = _take_back(organization_id, user_id, upload_id)
    refuse_undo(batch_id)


def _take_back(organization_id: int, user_id: int, upload_id: int) -> int:
    with transaction() as session:
        upload = _find(session, organization_id, upload_id)
        if upload.batch_id is None:
            raise NotFound(UploadProblem.NOT_FOUND)
        batch = session.get_one(ImportBatch, upload.batch_id, with_for_update=True)
        if batch.undone_at is not None:
            return batch.id
        now = utcnow()
        if now > batch.started_at + UNDO_WITHIN:
            raise UserError(UploadProblem.UNDO_OVER)
        mark_undone(session, batch.id, f"partner:{user_id}")
        upload.due_at = now
        wake_after_commit(session, Stage.IMPORT)
        return batch.id


def _make_batch(session: Session, upload: ImportUpload, choice: UploadChoice, actor: str) -> int:
    headings = upload.layout.headings
    batch = ImportBatch(
        campaign_id=upload.campaign_id,
        organization_id=upload.organization_id,
        actor=actor,
        source=choice.source,
        sha256=upload.sha256,
        mapping={field: headings[column] for field, column in choice.columns.items()},
        vouched=False,
        uploaded=True,
        started_at=utcnow(),
    )
    return store_batch(session, batch, choice.proof)


def _find(session: Session, organization_id: int, upload_id: int) -> ImportUpload:
    upload = session.get(ImportUpload, upload_id, with_for_update=True)
    if upload is None or upload.organization_id != organization_id:
        raise NotFound(UploadProblem.NOT_FOUND)
    return upload


def _lock(session: Session, organization_id: int) -> None:
    """Let one list of an organization come after another: limits and same files are counted."""
    session.get_one(Organization, organization_id, with_for_update=True)


def _refuse_many(session: Session, organization_id: int) -> None:
    count = select(func.count()).where(
        ImportUpload.organization_id == organization_id,
        ImportUpload.created_at > utcnow() - timedelta(days=1),
    )
    if (session.scalar(count) or 0) >= MOST_A_DAY:
        raise UserError(UploadProblem.TOO_MANY, most=MOST_A_DAY)


def _refuse_same(session: Session, upload: ImportUpload) -> None:
    same = select(ImportBatch.id).where(
        ImportBatch.campaign_id == upload.campaign_id,
        ImportBatch.organization_id == upload.organization_id,
        ImportBatch.sha256 == upload.sha256,
        ImportBatch.uploaded,
        ImportBatch.undone_at.is_(None),
    )
    if session.scalar(same.limit(1)) is not None:
        raise UserError(UploadProblem.SAME_FILE)
