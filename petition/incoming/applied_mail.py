"""Applies an incoming mail to the e-mail or letter that it is about, once."""

from enum import StrEnum

from petition.delivery.letter_reports import note_letter_report, read_kind
from petition.incoming.letter_answers import TooManyAnswers, store_answer
from petition.mail.inbox import is_known, remember_one
from petition.mail.reports import About, MailReport
from petition.models import ReportKind
from petition.signers.returned_mail import note_report

# What is applied first of the mails that are read together: the lower number.
RANKS = {
    ReportKind.COMPLAINT: 0,
    ReportKind.FAILED: 1,
    ReportKind.DELIVERED: 2,
    ReportKind.RELAYED: 3,
    ReportKind.EXPANDED: 3,
    ReportKind.DELAYED: 4,
}
OF_OTHERS = 5


class MailSubject(StrEnum):
    """What an incoming mail turned out to be."""

    KNOWN = "known"  # it was applied before
    SIGNER = "mail"  # about an e-mail to a signer
    LETTER = "letter"  # about a letter
    ANSWER = "answer"  # what a person answered to a letter
    LEFT = "left"  # one answer too many: it is in the mailbox only, and is not remembered
    OTHER = "other"  # nothing that changes anything


def rank(report: MailReport) -> int:
    """Return the order in which mails that are read together are applied, the lowest first.

    - By severity: a complaint, a failure, proof of delivery, a letter passed on, a delay.
    """
    kind = read_kind(report)
    return OF_OTHERS if kind is None else RANKS[kind]


def apply_mail(report: MailReport) -> MailSubject:
    """Apply one mail; return what it was about. The same mail again changes nothing.

    - Its effect is committed together with its key, so that it has one, however often it is read
      and wherever a process ends.
    """
    if is_known(report.key):
        return MailSubject.KNOWN
    try:
        subject = _apply(report)
    except TooManyAnswers:
        return MailSubject.LEFT
    remember_one(report.key)
    return subject


def _apply(report: MailReport) -> MailSubject:
    if report.verdict.about is not About.NOTHING and note_report(report):
        return MailSubject.SIGNER
    if note_letter_report(report) is not None:
        return MailSubject.LETTER
    if store_answer(report) is not None:
        return MailSubject.ANSWER
    return MailSubject.OTHER
