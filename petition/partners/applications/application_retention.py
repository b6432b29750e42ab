"""The end of applications: a week without a proof, or a year after the decision."""

from datetime import timedelta

from sqlalchemy import delete, or_, select

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import AccountMail, OrganizationApplication
from petition.partners.applications.application_steps import LINK_LIFE

KEPT_DECIDED = timedelta(days=365)


def forget_applications(limit: int = 500) -> int:
    """Delete up to ``limit`` applications that have ended, with their e-mails; return how many.

    - An organization stays, and so do the events with the decision and its reason.
    """
    now = utcnow()
    with transaction() as session:
        ids = session.scalars(
            select(OrganizationApplication.id)
            .where(
                or_(
                    OrganizationApplication.decided_at < now - KEPT_DECIDED,
                    OrganizationApplication.proved_at.is_(None)
                    & (OrganizationApplication.created_at < now - LINK_LIFE),
                )
            )
            .limit(limit)
        ).all()
        session.execute(delete(AccountMail).where(AccountMail.application_id.in_(ids)))
        session.execute(delete(OrganizationApplication).where(OrganizationApplication.id.in_(ids)))
    return len(ids)
