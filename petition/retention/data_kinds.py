"""All kinds of data with a retention period, in the order in which they are erased."""

from functools import partial

from petition.models import SignatureState
from petition.retention.closed_campaigns import erase_closed, look_at_closed
from petition.retention.data_kind import DataKind
from petition.retention.ended_signatures import (
    erase_ended,
    erase_review,
    look_at_ended,
    look_at_review,
)
from petition.retention.erasure_leftovers import erase_leftovers, look_at_erased
from petition.retention.journal_lines import erase_journals, look_at_journals
from petition.retention.mail_files import erase_mail_files, look_at_mail_files
from petition.retention.mail_rows import (
    erase_asks,
    erase_incoming,
    erase_mails,
    look_at_asks,
    look_at_incoming,
    look_at_mails,
)
from petition.retention.struck_words import erase_said, erase_struck, look_at_said, look_at_struck


def _end(state: SignatureState, what: str) -> DataKind:
    return DataKind(
        state.value, what, partial(look_at_ended, state=state), partial(erase_ended, state=state)
    )


KINDS = (
    _end(SignatureState.EXPIRED, "signatures that nobody confirmed"),
    _end(SignatureState.REJECTED, "signatures that were rejected"),
    _end(SignatureState.WITHDRAWN, "signatures that were withdrawn"),
    DataKind(
        "review", "signatures in review that nobody has answered", look_at_review, erase_review
    ),
    DataKind("closed", "people of campaigns that closed", look_at_closed, erase_closed),
    DataKind("erased", "what stays of erased signatures", look_at_erased, erase_leftovers),
    DataKind("struck", "words that staff struck", look_at_struck, erase_struck),
    DataKind("said", "what mail servers answered to letters", look_at_said, erase_said),
    DataKind("mails", "which mails went to signers", look_at_mails, erase_mails),
    DataKind("mail_files", "mails to signers kept as files", look_at_mail_files, erase_mail_files),
    DataKind("incoming", "which mails came in and were read", look_at_incoming, erase_incoming),
    DataKind("asks", "who asked for a lost link", look_at_asks, erase_asks),
    DataKind(
        "journals", "lines of decisions.log and handovers.log", look_at_journals, erase_journals
    ),
)
