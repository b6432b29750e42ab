"""Undo an import: erase the people of a batch, as each of them could."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.bulk.import_batches import SUBJECT
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused
from petition.core.extensions import db, transaction
from petition.models import ImportBatch, ImportProof, LegalHold, Signature
from petition.models.signatures.import_batch import name_batch
from petition.signers.erasure import erase_many
from petition.signers.staff_requests.held_campaigns import HoldProblem, refuse_held

PIECE = 500
# How many are erased, and how many there were.
Tell = Callable[[int, int], None]


def count_undoable(batch_id: int, everyone: bool = False) -> tuple[int, int]:
    """Return how many signatures an undo would erase, and how many it would leave."""
    of_batch = _of_batch(batch_id)
    whole = db.session.scalar(select(func.count()).where(of_batch)) or 0
    mine = db.session.scalar(select(func.count()).where(of_batch, _untouched(everyone))) or 0
    db.session.rollback()
    return mine, whole - mine


def undo_batch(
    batch_id: int,
    *,
    actor: str,
    everyone: bool = False,
    tell: Tell,
    is_over: Callable[[], bool] = lambda: False,
) -> int:
    """Erase the signatures of a batch and its proof; return how many were erased.

    - Those whose signers have confirmed by a link of their own are left: they have signed
      themselves by now. ``everyone``: those too.
    - From the first moment on no further row of the file is imported. Safe to kill and to repeat.
    - ``is_over``: whether to stop after a piece.
    - Letters that were sent keep their names. Raises ImportRefused if there is no such batch, and
      CampaignHeld under a legal hold: then no further row is imported, and people and proof stay
      until it is called again after the release.
    """
    _begin(batch_id, actor)
    all_of_them, _ = count_undoable(batch_id, everyone)
    which = (
        _of_batch(batch_id),
        _untouched(everyone),
        LegalHold.spares(Signature.campaign_id),
    )
    done = 0
    while True:
        ids = db.session.scalars(select(Signature.id).where(*which).limit(PIECE)).all()
        db.session.rollback()
        erased = erase_many(ids, which, actor)
        done += erased
        tell(done, max(all_of_them, done))
        if not erased or is_over():
            refuse_undo(batch_id)  # a hold that was placed meanwhile
            return done


def refuse_undo(batch_id: int) -> None:
    """Raise CampaignHeld if the campaign of a batch is under a legal hold."""
    session = db.session()
    campaign_id = session.get_one(ImportBatch, batch_id).campaign_id
    try:
        refuse_held(session, campaign_id, HoldProblem.UNDO)
    finally:
        session.rollback()


def _of_batch(batch_id: int) -> ColumnElement[bool]:
    return Signature.batch == name_batch(batch_id)


def _untouched(everyone: bool) -> ColumnElement[bool]:
    """Return the condition that an undo erases a signature of the batch."""
    return Signature.batch.is_not(None) if everyone else Signature.proved_at.is_(None)


def _begin(batch_id: int, actor: str) -> None:
    with transaction() as session:
        mark_undone(session, batch_id, actor)
    refuse_undo(batch_id)


def mark_undone(session: Session, batch_id: int, actor: str) -> None:
    """Let no further row of a batch be imported, and delete its proof; raises ImportRefused.

    - Under a legal hold the proof stays.
    """
    batch = session.get(ImportBatch, batch_id, with_for_update=True)
    if batch is None:
        raise ImportRefused(
            f"{batch_id}: no such import; see them with `petition signatures imports list`"
        )
    begun = session.scalar(
        update(ImportBatch)
        .where(ImportBatch.id == batch_id, ImportBatch.undone_at.is_(None))
        .values(undone_at=utcnow())
        .returning(ImportBatch.id)
    )
    session.execute(
        delete(ImportProof).where(
            ImportProof.batch_id == batch_id, LegalHold.spares(batch.campaign_id)
        )
    )
    if begun is not None:
        record(session, "import.undone", SUBJECT, batch_id, actor=actor)
