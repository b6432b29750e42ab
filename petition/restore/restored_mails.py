"""Enter into a restored database the mails to signers that were sent after its backup.

A mail that is unsent in the backup and was sent is recorded as sent, and no other. A mail that is
missing in the backup is added as sent if its signature exists, so that it is not planned again. A
mail of a signature that is lost is ignored: the id may belong to another signature by now, which
has another mark.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from petition.core.extensions import transaction
from petition.journals.handovers import RELAYED, MailName
from petition.journals.marks import make_mark
from petition.models import Campaign, Mail, MailKind, Milestone, Signature, SignatureState
from petition.notifications.requeueing import REMIND_AFTER
from petition.notifications.restore_names import CONFIRM
from petition.restore.handover_records import RestoreReport, SentMail
from petition.restore.restored_relays import settle_relayed
from petition.signing.link_tokens import LIFETIMES, LinkPurpose

BATCH = 500


@dataclass(frozen=True, slots=True)
class _Known:
    """The rows in the database about some mails; ``dry_run``, ``again``: see ``replay_mails``."""

    signatures: dict[int, Row[*tuple[Any, ...]]]
    mails: dict[tuple[int, str, int], Mail]
    about: dict[tuple[str, str], int]
    dry_run: bool
    again: bool


def replay_mails(
    sent: Sequence[SentMail], report: RestoreReport, dry_run: bool = False, *, again: bool = False
) -> None:
    """Record each mail as sent; ``report`` receives the results and what is unsure.

    - To be called after ``replay_letters``: a mail about a hundred that was created again finds it
      by its code.
    - Idempotent: a mail that was requested later is another one.
    - ``dry_run``: everything is rolled back, and mails about hundreds that would be created are
      only counted.
    - ``again``: a mail interrupted in an attempt that the database knows is sent again, as after
      any crash. Without it, it is recorded as sent.
    """
    for start in range(0, len(sent), BATCH):
        batch = sent[start : start + BATCH]
        with transaction() as session:
            known = _read_known(session, [one.name for one in batch], dry_run, again)
            for one in batch:
                _replay_mail(session, one, known, report)
            if dry_run:
                session.rollback()


def _replay_mail(session: Session, sent: SentMail, known: _Known, report: RestoreReport) -> None:
    """Settle a mail for each letter that it is about, and count it as one mail."""
    codes = sent.name.about.split() if sent.name.kind == MailKind.DELIVERED else []
    if len(codes) < 2:
        return _replay_one(session, sent, known, report)
    each = RestoreReport()
    for code in codes:
        _replay_one(session, replace(sent, name=replace(sent.name, about=code)), known, each)
    report.unsure.extend(dict.fromkeys(each.unsure))
    report.mails += bool(each.mails)
    report.mails_known += bool(each.mails_known and not each.mails)
    report.mails_away += bool(each.mails_away)
    return None


def _replay_one(session: Session, sent: SentMail, known: _Known, report: RestoreReport) -> None:
    name = sent.name
    row = known.signatures.get(name.signature_id)
    if row is None or name.mark != make_mark(row.id, row.email_digest, row.created_at):
        report.mails_away += 1
        return
    if name.kind == RELAYED:
        found = settle_relayed(session, sent, again=known.again)
        if found is None:
            report.mails_away += 1
            return
        settled = found
    elif name.kind == CONFIRM:
        settled = _settle_confirmation(session, sent, row, known)
    else:
        about = _find_about(name, known)
        if about is None and known.dry_run:
            report.mails += 1
            return
        if about is None:
            report.unsure.append(
                f"An e-mail ({name.kind}) about {name.about}: that is not in this database"
            )
            return
        settled = _settle_mail(session, sent, about, known)
    if not settled:
        report.mails_known += 1
        return
    report.mails += 1
    if not sent.is_sure:
        report.unsure.append(
            f"An e-mail ({name.kind}) to signature {name.signature_id} was being handed over at "
            f"{sent.at:%Y-%m-%d %H:%M:%S} and may have been sent; it counts as sent"
        )


def _settle_confirmation(
    session: Session, sent: SentMail, row: Row[*tuple[Any, ...]], known: _Known
) -> bool:
    if row.state != SignatureState.PENDING or row.attempt > sent.attempt:
        return False
    if row.attempt == sent.attempt and (row.mailed_at is not None or _is_sent_again(sent, known)):
        return False
    session.execute(
        update(Signature)
        .where(Signature.id == row.id, Signature.state == SignatureState.PENDING)
        .values(
            mailed_at=sent.at,
            due_at=sent.at + LIFETIMES[LinkPurpose.CONFIRM],
            attempt=sent.attempt,
        )
    )
    reminder = (row.id, MailKind.REMINDER.value, 0)
    if reminder not in known.mails:
        due_at = sent.at + REMIND_AFTER
        mail = Mail(signature_id=row.id, kind=MailKind.REMINDER, about=0, due_at=due_at)
        mail.attempt, mail.created_at = 0, sent.at
        session.add(mail)
        session.flush()
        known.mails[reminder] = mail
    return True


def _settle_mail(session: Session, sent: SentMail, about: int, known: _Known) -> bool:
    name = sent.name
    is_link = name.kind == MailKind.LINK
    planned_at = datetime.fromisoformat(name.about) if is_link else sent.at
    mail = known.mails.get((name.signature_id, name.kind, about))
    if mail is None:
        mail = Mail(
            signature_id=name.signature_id, kind=name.kind, about=about, created_at=planned_at
        )
        session.add(mail)
        known.mails[name.signature_id, name.kind, about] = mail
    elif is_link and mail.created_at != planned_at:
        if mail.created_at > planned_at:  # requested again since
            return False
        mail.created_at = planned_at
    elif mail.sent_at is not None or mail.attempt > sent.attempt:
        return False
    elif mail.attempt == sent.attempt and _is_sent_again(sent, known):
        return False
    mail.attempt, mail.due_at, mail.sent_at = sent.attempt, None, sent.at
    session.flush()
    return True


def _is_sent_again(sent: SentMail, known: _Known) -> bool:
    return known.again and not sent.is_sure


def _find_about(name: MailName, known: _Known) -> int | None:
    if name.kind in (MailKind.DELIVERED, MailKind.SUCCESSOR):
        return known.about.get((name.kind, name.about))
    return 0


def _read_known(session: Session, names: Sequence[MailName], dry_run: bool, again: bool) -> _Known:
    ids = {name.signature_id for name in names}
    signatures = session.execute(
        select(
            Signature.id,
            Signature.email_digest,
            Signature.created_at,
            Signature.state,
            Signature.mailed_at,
            Signature.attempt,
        ).where(Signature.id.in_(ids))
    )
    mails = session.scalars(select(Mail).where(Mail.signature_id.in_(ids)))
    codes = session.execute(
        select(Milestone.code, Milestone.id).where(
            Milestone.code.in_(_list_about(names, MailKind.DELIVERED))
        )
    )
    slugs = session.execute(
        select(Campaign.slug, Campaign.id).where(
            Campaign.slug.in_(_list_about(names, MailKind.SUCCESSOR))
        )
    )
    about = {(MailKind.DELIVERED.value, row.code): row.id for row in codes}
    about |= {(MailKind.SUCCESSOR.value, row.slug): row.id for row in slugs}
    return _Known(
        {row.id: row for row in signatures},
        {(mail.signature_id, mail.kind, mail.about): mail for mail in mails},
        about,
        dry_run,
        again,
    )


def _list_about(names: Iterable[MailName], kind: MailKind) -> set[str]:
    return {about for name in names if name.kind == kind for about in name.about.split()}
