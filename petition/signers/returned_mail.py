"""Applies reports of returned mails, and complaints, to the signatures that were mailed."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.sealing import get_sealer
from petition.mail.inbox import remember
from petition.mail.reports import About, CountsFrom, MailReport
from petition.models import Mail, Signature, SignatureState
from petition.notifications.message_ids import read_envelope, read_message_id
from petition.notifications.refusals import note_came_back
from petition.notifications.unreachable_addresses import mark_doubted, mark_unreachable
from petition.signers.withdraw import unsubscribe_signature
from petition.signing.canonical_email import canonical_email, read_email

# A report that is matched by its recipient only is accepted for this long after a mail to that
# address: anyone who writes to the service's mailbox could name any recipient.
RECENT = timedelta(days=14)
# The date in a report is used unless it is older or in the future: clocks of hosts may be wrong.
BELIEVED = timedelta(days=30)


def note_report(report: MailReport) -> list[int]:
    """Apply a report to the signatures whose mail it is about; return their ids.

    - They are marked unreachable or doubted, or, for a complaint, unsubscribed from the campaign.
    - The same report again changes nothing.
    """
    found = _find_signatures(report)
    if not found:
        return []
    verdict = report.verdict
    if verdict.about is About.COMPLAINT and verdict.counts is CountsFrom.NOW:
        for signature_id in found:
            unsubscribe_signature(signature_id)
    with transaction() as session:
        if remember(session, report.key):
            for signature_id in found:
                _mark(session, signature_id, report)
    return found


def _mark(session: Session, signature_id: int, report: MailReport) -> None:
    verdict = report.verdict
    if verdict.about is About.COMPLAINT:
        return
    code = verdict.status or "no code"
    if verdict.counts is CountsFrom.NOW:
        mark_unreachable(session, signature_id, code)
    elif verdict.counts is CountsFrom.SECOND:
        mark_doubted(session, signature_id, code, _choose_moment(report.dated))
    elif verdict.about is About.OURS:
        _mail_again(session, signature_id, code)


def _mail_again(session: Session, signature_id: int, code: str) -> None:
    """Record that a confirmation was returned for a cause of ours, to be mailed again later."""
    attempt = session.scalar(
        select(Signature.attempt).where(
            Signature.id == signature_id, Signature.state == SignatureState.PENDING
        )
    )
    if attempt is not None:
        note_came_back(session, signature_id, attempt, code)


def _find_signatures(report: MailReport) -> list[int]:
    """Return the signatures by our Message-ID, by the envelope, or else by the recipient."""
    tagged = [read_message_id(text) for text in report.message_ids]
    tagged += [read_envelope(address) for address in report.addressed]
    known = next((id for id in tagged if id is not None), None)
    if known is not None:
        return [known]
    if report.verdict.about in (About.NOTHING, About.COMPLAINT):
        return []
    emails = [email for text in report.recipients if (email := read_email(text)) is not None]
    return _find_mailed(emails)


def _find_mailed(emails: list[str]) -> list[int]:
    """Return the ids of the addresses' signatures that were mailed within RECENT."""
    if not emails:
        return []
    digests = {get_sealer().digest(canonical_email(email), "email") for email in emails}
    since = utcnow() - RECENT
    told = exists().where(Mail.signature_id == Signature.id, Mail.sent_at > since)
    return list(
        db.session.scalars(
            select(Signature.id).where(
                Signature.email_digest.in_(digests),
                Signature.person.is_not(None),
                (Signature.mailed_at > since) | told,
            )
        )
    )


def _choose_moment(dated: datetime | None) -> datetime:
    now = utcnow()
    if dated is None or not now - BELIEVED <= dated <= now:
        return now
    return dated
