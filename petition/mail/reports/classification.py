"""Judge a refusal: by its words, by the moment at which it was said, and by its code.

- What nobody's words explain is told by the code; what neither explains makes nobody unreachable.
- Nothing that is said before RCPT is about the recipient: it has not been named yet.
- A bare "550 unknown user" after the whole mail was sent is what some filters say: it needs a
  second one.
"""

import re
from dataclasses import dataclass, replace

from petition.mail.reports.mailbox_words import DOUBTFUL, NO_MAILBOX
from petition.mail.reports.refusal_kinds import About, CountsFrom
from petition.mail.reports.refusal_words import find_kind
from petition.mail.reports.status_codes import STATUS, explain_status

BEFORE_RECIPIENT = frozenset({"connect", "ehlo", "helo", "starttls", "auth", "mail", "sender"})
AFTER_MESSAGE = frozenset({"data", "body", "answer"})
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-]|$)")


@dataclass(frozen=True, slots=True)
class Classification:
    """What a refusal is about, when it counts against the address, and why.

    - ``status``: its code (RFC 3463), else the server's reply code, else None. ``why`` is in our
      own words and holds nothing of the mail.
    """

    about: About
    counts: CountsFrom
    status: str | None
    why: str


NO_REPORT = Classification(
    About.NOTHING, CountsFrom.NEVER, None, "it is no report of a mail that came back"
)
SILENT = "it says too little"


def judge(said: str, phase: str | None = None, status: str | None = None) -> Classification:
    """Return the verdict on what a server said.

    - ``phase``: the SMTP command that it answered, as in petition/mail/conversation.py, None where
      nobody knows. ``status``: the code of a report, which the server's own goes before.
    """
    code = find_status(said) or status
    shown = code or find_reply(said)
    kind = find_kind(said)
    if phase in BEFORE_RECIPIENT and not (kind and kind.about is About.GAVE_UP):
        why = kind.why if kind and kind.about is About.OURS else "the recipient was not named yet"
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
    """Return the first failing code in what a server said that says more than "failed"."""
    found = [match for match in STATUS.finditer(said) if match[1] != "2"]
    telling = [match for match in found if match[2] != "0" or match[3] != "0"]
    return next((match[0] for match in telling or found), None)


def find_reply(said: str) -> str | None:
    """Return the first failing reply code (RFC 5321) in what a server said."""
    found = _REPLY.search(said)
    return found[1] if found else None


def _is_bare(said: str) -> bool:
    return find_reply(said) == "550" and find_status(said) is None


def _judge_code(code: str, phase: str | None) -> Classification:
    found = Classification(*_order(code))
    after = found.about is About.RECIPIENT and phase in AFTER_MESSAGE
    return _doubt(found) if after else found


def _order(code: str) -> tuple[About, CountsFrom, str, str]:
    about, counts, why = explain_status(code)
    return about, counts, code, why


def _doubt(found: Classification) -> Classification:
    why = "it was said once the whole mail was there, as filters do"
    return replace(found, about=About.UNSURE, counts=CountsFrom.SECOND, why=why)
