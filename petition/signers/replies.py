"""Whether the office that gets a letter may write back to a signer, which they may change.

A consent records the wording that the signer saw, and when. The file that goes with a letter is
made when the letter begins to go: what is withdrawn before is in none.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.errors import TokenRefused
from petition.core.extensions import db, transaction
from petition.models import ReplyConsent, Signature
from petition.models.states import LIVE
from petition.signers.letters_with_signer import hold_letters
from petition.signers.signer_problems import SignerProblem
from petition.signing.link_tokens import LinkPurpose, read_token


@dataclass(frozen=True, slots=True)
class ReplyChoice:
    """Whether offices may write back to a signer.

    - ``wording``: as it was given. ``shared_at``: when a letter first went with their address.
    """

    wording: str
    given_at: datetime
    withdrawn_at: datetime | None
    shared_at: datetime | None

    @property
    def allowed(self) -> bool:
        """Whether it is in force: given and not withdrawn."""
        return self.withdrawn_at is None


def read_reply(signature_id: int) -> ReplyChoice | None:
    """Return what a signer allowed; None if they never did."""
    row = db.session.get(ReplyConsent, signature_id, populate_existing=True)
    if row is None:
        return None
    return ReplyChoice(row.wording, row.given_at, row.withdrawn_at, row.shared_at)


def allow_reply(token: str, wording: str) -> None:
    """Let offices write back to the signer of a private link, in this wording.

    - Raises TokenRefused, also for a signature that has ended.
    """
    signature_id = read_token(token, LinkPurpose.STATUS)
    with transaction() as session:
        signature = session.get(Signature, signature_id, with_for_update=True)
        if signature is None or signature.state not in LIVE:
            raise TokenRefused(SignerProblem.SIGNATURE_GONE)
        write_reply(session, signature, wording, given=True)
        record(session, "reply.given", "signature", signature_id, actor="signer")


def refuse_reply(token: str) -> None:
    """Withdraw it, in any state of the signature; raises TokenRefused."""
    signature_id = read_token(token, LinkPurpose.STATUS)
    with transaction() as session:
        signature = session.get(Signature, signature_id, with_for_update=True)
        if signature is None:
            raise TokenRefused(SignerProblem.SIGNATURE_UNKNOWN)
        write_reply(session, signature, "", given=False)
        record(session, "reply.withdrawn", "signature", signature_id, actor="signer")


def write_reply(session: Session, signature: Signature, wording: str, *, given: bool) -> None:
    """Write the consent of a signature, whose row is locked, before any letter with it goes."""
    hold_letters(session, signature)
    if not given:
        withdraw_replies(session, [signature.id])
        return
    values = {"wording": wording, "given_at": utcnow()}
    session.execute(
        insert_into(session, ReplyConsent)
        .values(signature_id=signature.id, **values)
        .on_conflict_do_update(
            index_elements=["signature_id"],
            set_=values | {"withdrawn_at": None},
            where=ReplyConsent.withdrawn_at.is_not(None),
        )
    )


def withdraw_replies(session: Session, signature_ids: Collection[int]) -> None:
    """Withdraw what these signers allowed; the rows remain, as those of other consents do."""
    session.execute(
        update(ReplyConsent)
        .where(ReplyConsent.signature_id.in_(signature_ids), ReplyConsent.withdrawn_at.is_(None))
        .values(withdrawn_at=utcnow())
    )
