"""Requests for lost private links, which are mailed only to the address that signed.

The response reveals nothing: whether the address signed or not, only one row with the request is
inserted. petition/notifications/link_requests.py processes it.
"""

from sqlalchemy import insert

from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import core_transaction
from petition.core.queues import Stage, wake
from petition.core.sealing import get_sealer
from petition.models import Ask
from petition.signers.signer_problems import SignerProblem
from petition.signing.canonical_email import canonical_email, read_email


def ask_for_links(typed: str, language: str = "en") -> None:
    """Request that the private links of an address are mailed, if it has signed anything.

    - ``language``: of the mail, "en" or "es".
    - Raises InvalidInput if it is no address, which reveals nothing about anyone.
    """
    email = read_email(typed)
    if email is None:
        raise InvalidInput({"email": Problem(SignerProblem.EMAIL_OF_SIGNATURE_MISSING)})
    digest = get_sealer().digest(canonical_email(email), "email")
    with core_transaction() as connection:
        connection.execute(
            insert(Ask), {"email_digest": digest, "asked_at": utcnow(), "language": language}
        )
    wake(Stage.MAIL)  # after the commit: this path has no session for wake_after_commit
