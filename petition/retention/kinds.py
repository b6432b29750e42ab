"""All kinds of data that are kept for a time, in the order in which they are erased."""

from functools import partial

from petition.models import SignatureState
from petition.retention.closed import erase_closed, look_at_closed
from petition.retention.erased import erase_leftovers, look_at_erased
from petition.retention.files import erase_mail_files, look_at_mail_files
from petition.retention.journals import erase_journals, look_at_journals
from petition.retention.kind import Kind
from petition.retention.mails import (
    erase_asks,
    erase_incoming,
    erase_mails,
    look_at_asks,
    look_at_incoming,
    look_at_mails,
)
from petition.retention.people import (
    erase_ended,
    erase_review,
    look_at_ended,
    look_at_review,
)
from petition.retention.words import erase_said, erase_struck, look_at_said, look_at_struck


def _end(name: str, what: str, state: SignatureState) -> Kind:
    return Kind(
        name,
        f"PETITION_KEEP_{name.upper()}_DAYS",
        what,
        lambda keep: getattr(keep, name),
        partial(look_at_ended, state=state),
        partial(erase_ended, state=state),
    )


KINDS = (
    _end("expired", "signatures that nobody confirmed", SignatureState.EXPIRED),
    _end("rejected", "signatures that were rejected", SignatureState.REJECTED),
    _end("withdrawn", "signatures that were withdrawn", SignatureState.WITHDRAWN),
    Kind(
        "review",
        "PETITION_KEEP_REVIEW_DAYS",
        "signatures in review that nobody has answered",
        lambda keep: keep.review,
        look_at_review,
        erase_review,
    ),
    Kind(
        "closed",
        "PETITION_KEEP_CLOSED_DAYS",
        "people of campaigns that closed",
        lambda keep: keep.closed,
        look_at_closed,
        erase_closed,
    ),
    Kind(
        "erased",
        "PETITION_KEEP_ERASED_DAYS",
        "what stays of erased signatures",
        lambda keep: keep.erased,
        look_at_erased,
        erase_leftovers,
    ),
    Kind(
        "struck",
        "PETITION_KEEP_STRUCK_DAYS",
        "words that staff struck",
        lambda keep: keep.struck,
        look_at_struck,
        erase_struck,
    ),
    Kind(
        "said",
        "PETITION_KEEP_SAID_DAYS",
        "what mail servers answered to letters",
        lambda keep: keep.said,
        look_at_said,
        erase_said,
    ),
    Kind(
        "mails",
        "PETITION_KEEP_MAILS_DAYS",
        "which mails went to signers",
        lambda keep: keep.mails,
        look_at_mails,
        erase_mails,
    ),
    Kind(
        "mail_files",
        "PETITION_KEEP_MAIL_FILES_DAYS",
        "mails to signers kept as files",
        lambda keep: keep.mail_files,
        look_at_mail_files,
        erase_mail_files,
    ),
    Kind(
        "incoming",
        "PETITION_KEEP_INCOMING_DAYS",
        "which mails came in and were read",
        lambda keep: keep.incoming,
        look_at_incoming,
        erase_incoming,
    ),
    Kind(
        "asks",
        "PETITION_KEEP_ASKS_DAYS",
        "who asked for a lost link",
        lambda keep: keep.asks,
        look_at_asks,
        erase_asks,
    ),
    Kind(
        "journals",
        "PETITION_KEEP_JOURNALS_DAYS",
        "lines of decisions.log and handovers.log",
        lambda keep: keep.journals,
        look_at_journals,
        erase_journals,
    ),
)
