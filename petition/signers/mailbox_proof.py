"""Records that a mailbox is its signer's, as an action by a link that was mailed to it proves."""

from sqlalchemy import update

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import Signature
from petition.signing.link_tokens import LinkPurpose, read_token
from petition.signing.location_questions import end_questions


def prove_mailbox(token: str) -> None:
    """Record that the holder of a private link has acted by it; raises TokenRefused.

    - Only for a signature: unconfirmed answers may be a stranger's. Confirming them proves the
      mailbox as well (petition/signers/confirm.py).
    - Open questions after signing become invalid: the signer may be somebody else than the owner
      of the mailbox.
    """
    signature_id = read_token(token, LinkPurpose.STATUS)
    with transaction() as session:
        end_questions(session, signature_id)
        proved = session.scalar(
            update(Signature)
            .where(
                Signature.id == signature_id,
                Signature.seat.is_not(None),
                Signature.ended_at.is_(None),
                Signature.proved_at.is_(None),
            )
            .values(proved_at=utcnow())
            .returning(Signature.id)
        )
        if proved is not None:
            wake_after_commit(session, Stage.CONSENTS)
