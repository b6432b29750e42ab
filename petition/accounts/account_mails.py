"""Planning of e-mails to accounts: a row in the transaction of the change that it reports."""

import os

from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.models import AccountMail, AccountMailKind, PortalName

SECRET_BYTES = 16


def plan_mail(
    session: Session,
    kind: AccountMailKind,
    portal: PortalName,
    *,
    user_id: int | None = None,
    invitation_id: int | None = None,
    application_id: int | None = None,
    export_id: int | None = None,
    cause_id: int | None = None,
    endpoint_id: int | None = None,
) -> None:
    """Add an e-mail to an account, or to an invited address, that is due now.

    - ``portal``: the one that its links lead to. The caller commits; the mail stage sends it.
    """
    now = utcnow()
    session.add(
        AccountMail(
            user_id=user_id,
            invitation_id=invitation_id,
            application_id=application_id,
            export_id=export_id,
            cause_id=cause_id,
            endpoint_id=endpoint_id,
            kind=kind.value,
            portal=portal.value,
            secret=make_secret() if kind is AccountMailKind.RESET else None,
            created_at=now,
            due_at=now,
        )
    )


def make_secret() -> bytes:
    """Return a new random secret of a link."""
    return os.urandom(SECRET_BYTES)
