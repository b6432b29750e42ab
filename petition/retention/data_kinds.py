"""All kinds of data with a retention period, in the order in which they are erased."""

from functools import partial

from petition.models import SignatureState
from petition.retention.closed_campaigns import count_past_closed, erase_closed
from petition.retention.data_kind import DataKind
from petition.retention.ended_invitations import count_past_invitations, erase_invitations
from petition.retention.ended_signatures import (
    count_past_ended,
    count_past_review,
    erase_ended,
    erase_review,
)
from petition.retention.erasure_leftovers import count_past_erased, erase_leftovers
from petition.retention.import_proofs import count_past_proofs, erase_proofs
from petition.retention.journal_lines import count_past_journals, erase_journals
from petition.retention.mail_files import count_past_mail_files, erase_mail_files
from petition.retention.mail_rows import (
    count_past_asks,
    count_past_incoming,
    count_past_mails,
    erase_asks,
    erase_incoming,
    erase_mails,
)
from petition.retention.relayed_messages import count_past_relayed, erase_relayed
from petition.retention.reply_files import count_past_replies, erase_replies
from petition.retention.struck_words import (
    count_past_said,
    count_past_struck,
    erase_said,
    erase_struck,
)
from petition.retention.uploaded_lists import count_past_uploads, erase_uploads


def _end(state: SignatureState, what: str) -> DataKind:
    return DataKind(
        state.value, what, partial(count_past_ended, state=state), partial(erase_ended, state=state)
    )


KINDS = (
    _end(SignatureState.EXPIRED, "signatures that were never confirmed"),
    _end(SignatureState.REJECTED, "signatures that were rejected"),
    _end(SignatureState.WITHDRAWN, "signatures that were withdrawn"),
    DataKind("review", "signatures in review without an answer", count_past_review, erase_review),
    DataKind("closed", "signers of closed campaigns", count_past_closed, erase_closed),
    DataKind("erased", "what remains of erased signatures", count_past_erased, erase_leftovers),
    DataKind("struck", "comments that staff struck", count_past_struck, erase_struck),
    DataKind(
        "said", "what mail servers and offices answered to letters", count_past_said, erase_said
    ),
    DataKind("mails", "which e-mails were sent to signers", count_past_mails, erase_mails),
    DataKind(
        "mail_files",
        "e-mails to signers stored as files",
        count_past_mail_files,
        erase_mail_files,
        of_campaigns=False,
    ),
    DataKind(
        "incoming",
        "which bounced e-mails were read",
        count_past_incoming,
        erase_incoming,
        of_campaigns=False,
    ),
    DataKind("asks", "requests for a lost link", count_past_asks, erase_asks, of_campaigns=False),
    DataKind(
        "replies",
        "addresses for answers to letters",
        count_past_replies,
        erase_replies,
    ),
    DataKind("proofs", "proofs of imported signatures", count_past_proofs, erase_proofs),
    DataKind(
        "uploads",
        "files of lists that organizations uploaded",
        count_past_uploads,
        erase_uploads,
    ),
    DataKind(
        "invitations",
        "invitations that have ended, and which e-mails were sent to accounts",
        count_past_invitations,
        erase_invitations,
    ),
    DataKind(
        "relayed",
        "messages of organizations to people, and who got them",
        count_past_relayed,
        erase_relayed,
    ),
    DataKind(
        "journals",
        "lines of decisions.log and handovers.log",
        count_past_journals,
        erase_journals,
        of_campaigns=False,
    ),
)
