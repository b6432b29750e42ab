"""Lists that organizations uploaded: those never imported, and files of refused rows."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select

from petition.core.extensions import db, transaction
from petition.models import ImportUpload, LegalHold, UploadPiece
from petition.retention.data_kind import PastData


def count_past_uploads(before: datetime) -> PastData:
    """Return how many lists ended, or were uploaded and not imported, before ``before``."""
    query = select(func.count(), func.min(ImportUpload.created_at)).where(_is_past(before))
    return PastData(*db.session.execute(query).one())


def erase_uploads(before: datetime, limit: int) -> int:
    """Delete the files of up to ``limit`` such lists, and all of those that were not imported.

    - What was imported keeps who uploaded it and when, as its batch does.
    """
    with transaction() as session:
        past = select(ImportUpload).where(_is_past(before)).order_by(ImportUpload.id).limit(limit)
        uploads = session.scalars(past.with_for_update(skip_locked=True)).all()
        ids = [upload.id for upload in uploads]
        session.execute(delete(UploadPiece).where(UploadPiece.upload_id.in_(ids)))
        for upload in uploads:
            if upload.batch_id is None:
                session.delete(upload)
            else:  # the first rows name people; they are left where the campaign was held
                upload.layout = replace(upload.layout, first_rows="[]")
        return len(ids)


def _is_past(before: datetime) -> ColumnElement[bool]:
    has_files = select(UploadPiece.upload_id).where(UploadPiece.upload_id == ImportUpload.id)
    past = or_(
        and_(ImportUpload.batch_id.is_(None), ImportUpload.created_at < before),
        and_(ImportUpload.ended_at < before, has_files.exists()),
    )
    return and_(past, LegalHold.spares(ImportUpload.campaign_id))
