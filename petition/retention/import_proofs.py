"""Proofs by which staff vouched for imported signatures, a time after the import."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select

from petition.core.extensions import db, transaction
from petition.models import ImportBatch, ImportProof, LegalHold
from petition.retention.data_kind import PastData


def count_past_proofs(before: datetime) -> PastData:
    """Return how many proofs belong to imports that were begun before ``before``."""
    query = (
        select(func.count(), func.min(ImportBatch.started_at))
        .select_from(ImportProof)
        .join(ImportBatch, ImportBatch.id == ImportProof.batch_id)
        .where(*_past(before))
    )
    return PastData(*db.session.execute(query).one())


def erase_proofs(before: datetime, limit: int) -> int:
    """Delete up to ``limit`` proofs of imports that were begun before ``before``."""
    with transaction() as session:
        ids = select(ImportProof.batch_id).where(_is_past(before)).limit(limit)
        gone = delete(ImportProof).where(ImportProof.batch_id.in_(ids), _is_past(before))
        return len(session.scalars(gone.returning(ImportProof.batch_id)).all())


def _is_past(before: datetime) -> ColumnElement[bool]:
    return ImportProof.batch_id.in_(select(ImportBatch.id).where(*_past(before)))


def _past(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return ImportBatch.started_at < before, LegalHold.spares(ImportBatch.campaign_id)
