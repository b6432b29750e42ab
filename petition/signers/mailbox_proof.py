"""A mailbox is its signer's once somebody acts on a link that was mailed to it."""

from sqlalchemy import update

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Signature
from petition.signing.link_tokens import LinkPurpose, read_token
from petition.signing.location_questions import end_questions


def prove_mailbox(token: str) -> None:
    """Note that whoever holds a private link has acted on it; raises TokenRefused.

    - Only of a signature: answers that nobody has confirmed may be a stranger's, whoever reads
      them. Confirming them proves the mailbox as well (petition/signers/confirm.py).
    - Whatever was asked of the mailbox after signing is asked no more: whoever signed may be
      another.
    """
    signature_id = read_token(token, LinkPurpose.STATUS)
    with transaction() as session:
        end_questions(session, signature_id)
        session.execute(
            update(Signature)
            .where(
                Signature.id == signature_id,
                Signature.seat.is_not(None),
                Signature.ended_at.is_(None),
                Signature.proved_at.is_(None),
            )
            .values(proved_at=utcnow())
        )
