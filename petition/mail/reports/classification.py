"""Classify a refusal by its text, by the SMTP command that was refused, and by its status code.

- The code decides where no phrase matches; a refusal that neither explains makes no address
  unreachable.
- A reply before RCPT never concerns the recipient, which has not been named yet.
- Some filters reply a bare "550 unknown user" after the whole message was sent: it counts only with
  a second one.
"""

import re
from dataclasses import dataclass, replace

from petition.mail.reports.mailbox_words import DOUBTFUL, NO_MAILBOX
from petition.mail.reports.refusal_kinds import About, CountsFrom
from petition.mail.reports.refusal_words import LONGEST, find_kind
from petition.mail.reports.status_codes import STATUS, explain_status

BEFORE_RECIPIENT = frozenset({"connect", "ehlo", "helo", "starttls", "auth", "mail", "sender"})
AFTER_MESSAGE = frozenset({"data", "body", "answer"})
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-]|$)")


@dataclass(frozen=True, slots=True)
class Classification:
    """What a refusal is about, when it counts against the address, and why.

    - ``status``: the enhanced status code (RFC 3463), else the reply code, else None.
    - ``why`` is a fixed text of ours, with nothing from the mail.
    """

    about: About
    counts: CountsFrom
    status: str | None
    why: str


NO_REPORT = Classification(
    About.NOTHING, CountsFrom.NEVER, None, "it is not a report about a bounced e-mail"
)
SILENT = "it says too little"


def judge(said: str, phase: str | None = None, status: str | None = None) -> Classification:
    """Return the classification of a server's reply text.

    - Of at most LONGEST characters, since a stranger may have written them.
    - ``phase``: the SMTP command that it answers, as in petition/mail/conversation.py; None where
      it is not known.
    - ``status``: the status code of the report; a code in the reply text takes precedence.
    """
    said = said[:LONGEST]
    code = find_status(said) or status
    shown = code or find_reply(said)
    kind = find_kind(said)
    if phase in BEFORE_RECIPIENT and not (kind and kind.about is About.GAVE_UP):
        why = (
            kind.why
            if kind and kind.about is About.OURS
            else "the recipient had not been named yet"
        )
        return Classification(About.OURS, CountsFrom.NEVER, shown, why)
    clear = code is not None and explain_status(code)[1] is CountsFrom.NOW
    if kind is not None and not (kind is DOUBTFUL and clear):
        found = Classification(kind.about, kind.counts, shown, kind.why)
        late = kind is NO_MAILBOX and phase in AFTER_MESSAGE and _is_bare(said)
        return _doubt(found) if late else found
    if code is not None and code[0] in "45":
        return _judge_code(code, phase)
    return Classification(About.UNSURE, CountsFrom.NEVER, shown, SILENT)


def find_status(said: str) -> str | None:
    """Return the first failure status code in a reply, one other than x.0.0 where there is one."""
    found = [match for match in STATUS.finditer(said) if match[1] != "2"]
    specific = [match for match in found if match[2] != "0" or match[3] != "0"]
    return next((match[0] for match in specific or found), None)


def find_reply(said: str) -> str | None:
    """Return the first failure reply code (RFC 5321) in a reply."""
    found = _REPLY.search(said)
    return found[1] if found else None


def _is_bare(said: str) -> bool:
    return find_reply(said) == "550" and find_status(said) is None


def _judge_code(code: str, phase: str | None) -> Classification:
    about, counts, why = explain_status(code)
    found = Classification(about, counts, code, why)
    after = found.about is About.RECIPIENT and phase in AFTER_MESSAGE
    return _doubt(found) if after else found


def _doubt(found: Classification) -> Classification:
    why = "it was said after the whole message had been sent, as filters do"
    return replace(found, about=About.UNSURE, counts=CountsFrom.SECOND, why=why)
