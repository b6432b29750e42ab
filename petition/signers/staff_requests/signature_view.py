"""One signature as staff see it: without its person, and with them where a reason was given."""

from dataclasses import dataclass

from sqlalchemy import select

from petition.audit.event_reader import read_events
from petition.audit.trail import record
from petition.core.errors import NotFound, TokenRefused
from petition.core.extensions import db, transaction
from petition.models import Event, ImportBatch, Organization, Person, Signature
from petition.models.signatures.import_batch import PREFIX
from petition.models.signatures.person import skip_broken
from petition.models.states import LIVE, SignatureState
from petition.signers.amend import find_amendable
from petition.signers.staff_requests.request_problems import RequestProblem, read_why
from petition.signers.status import Status, describe_signature


@dataclass(frozen=True, slots=True)
class ImportSource:
    """The list that a signature came with.

    - ``words``: what was typed of where it comes from; ``group``: who brought it, empty for staff.
      ``vouched``: staff vouched for it with a proof.
    """

    batch_id: int
    words: str
    group: str
    vouched: bool


@dataclass(frozen=True, slots=True)
class StaffView:
    """A signature without its person.

    - ``source``: None for one that was signed on a page. ``log``: its events, the oldest first.
      ``name_is_open``: whether the name may still be corrected.
    """

    status: Status
    source: ImportSource | None
    unsubscribed: bool
    unreachable: bool
    log: list[Event]
    name_is_open: bool

    @property
    def is_live(self) -> bool:
        """Whether it is counted, or may still be."""
        return self.status.state in LIVE

    @property
    def is_erased(self) -> bool:
        """Whether nobody's data is left in it."""
        return self.status.state == SignatureState.ERASED


def view_signature(signature_id: int) -> StaffView:
    """Return one signature without its person; raises NotFound."""
    try:
        status = describe_signature(signature_id)
    except TokenRefused:
        raise NotFound(RequestProblem.NOT_FOUND) from None
    row = db.session.execute(
        select(Signature.batch, Signature.unsubscribed_at, Signature.unreachable_at).where(
            Signature.id == signature_id
        )
    ).one()
    return StaffView(
        status=status,
        source=_read_source(row.batch),
        unsubscribed=row.unsubscribed_at is not None,
        unreachable=row.unreachable_at is not None,
        name_is_open=_may_correct(signature_id),
        # Last: archives of events may be far away, and reading them ends the transaction.
        log=read_events(db.session(), {"signature": [signature_id]}),
    )


def find_campaign_of(signature_id: int) -> int | None:
    """Return the campaign of a signature; None if there is no such signature."""
    return db.session.scalar(select(Signature.campaign_id).where(Signature.id == signature_id))


def open_person(signature_id: int, why: str, actor: str) -> Person:
    """Return who signed, and record that it was shown, with the reason.

    - Raises InvalidInput without a reason, NotFound if nobody's data is kept or it does not open.
    """
    reason = read_why(why)
    with transaction() as session:
        person = session.scalar(select(Signature.person).where(Signature.id == signature_id))
        person = skip_broken(person)
        if person is None:
            raise NotFound(RequestProblem.NOT_READABLE)
        record(
            session,
            "signature.viewed",
            "signature",
            signature_id,
            actor=actor,
            detail={"why": reason},
        )
        return person


def _may_correct(signature_id: int) -> bool:
    person = db.session.scalar(select(Signature.person).where(Signature.id == signature_id))
    return skip_broken(person) is not None and find_amendable(signature_id) is not None


def _read_source(batch: str | None) -> ImportSource | None:
    if batch is None or not batch.startswith(PREFIX) or not batch[len(PREFIX) :].isdigit():
        return None
    row = db.session.execute(
        select(ImportBatch.id, ImportBatch.source, Organization.name, ImportBatch.vouched)
        .outerjoin(Organization, Organization.id == ImportBatch.organization_id)
        .where(ImportBatch.id == int(batch[len(PREFIX) :]))
    ).one_or_none()
    return ImportSource(row.id, row.source, row.name or "", row.vouched) if row else None
