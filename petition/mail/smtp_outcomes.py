"""Map the end of an SMTP conversation to an error: retryable, permanent, or outcome unknown.

The text of these errors is a code and a phase ("451 4.7.1 at rcpt"). Servers put addresses into
their reply texts, so those are classified here and kept masked only, for staff.
"""

import re
import smtplib
import ssl

from petition.core.errors import ChannelRefused, ChannelUnavailable, OutcomeUnknown, PetitionError
from petition.mail.reply_masking import mask_words
from petition.mail.reports.classification import BEFORE_RECIPIENT, judge
from petition.mail.reports.refusal_kinds import About

# A reply about our own account or the server's TLS does not concern the recipient. An operator can
# fix it, so it stays retryable, and the letters it stopped are then sent automatically.
OUR_OWN_PHASES = ("starttls", "auth")
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}(?![\d.])")  # RFC 3463


def expect_yes(reply: tuple[int, bytes]) -> None:
    """Raise SMTPResponseException unless the reply is a 2xx."""
    if not 200 <= reply[0] <= 299:
        raise smtplib.SMTPResponseException(*reply)


def judge_answer(code: int, text: bytes, sender: str = "") -> PetitionError:
    """Return the error for a reply to the final dot that is not a 2xx.

    - With 4xx or 5xx the server has not kept the message; any other reply leaves it unknown.
    """
    if 400 <= code <= 599:
        return judge_reply(code, text, "answer", sender)
    return OutcomeUnknown("garbled at answer")


def judge_reply(code: int, text: bytes, phase: str, sender: str = "") -> PetitionError:
    """Return the error for a reply other than 2xx: permanent for 5xx, else retryable.

    - A reply that contains our sender address is taken to be about the sender.
    """
    enhanced = _ENHANCED.match(text)
    words = [str(code) if code > 0 else "garbled"]
    words += [enhanced[0].decode()] if enhanced else []
    detail = f"{' '.join(words)} at {phase}"
    said = f"{code} {text.decode('utf-8', 'replace')}"
    named = bool(sender) and sender.lower() in said.lower()
    at = "mail" if named else phase
    verdict = judge(said, at)
    about = _find_about(at, verdict.about)
    if 500 <= code <= 599 and phase not in OUR_OWN_PHASES:
        return ChannelRefused(detail, verdict.counts, about, mask_words(said))
    return ChannelUnavailable(detail, about, mask_words(said))


def judge_error(error: Exception, phase: str, late: bool, sender: str = "") -> PetitionError:
    """Return the error for an exception of the conversation.

    - smtplib raises the same SMTPServerDisconnected before and after the message was accepted; only
      the phase distinguishes them.
    """
    if phase == "answer":
        return OutcomeUnknown(f"{'timeout' if late else 'dropped'} at answer")
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        words = text if isinstance(text, bytes) else text.encode()
        return judge_reply(error.smtp_code, words, phase, sender)
    malformed = isinstance(error, ValueError) and not isinstance(error, OSError)
    if malformed and not late:  # an address that would break its command
        return ChannelRefused(f"malformed at {phase}", about=_find_about(phase, About.RECIPIENT))
    what = _name_failure(error, late)
    return ChannelUnavailable(f"{what} at {phase}", about=_find_about(phase, About.UNSURE))


def _name_failure(error: Exception, late: bool) -> str:
    if late or isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "dropped"
    if isinstance(error, smtplib.SMTPException):  # the server lacks an extension or AUTH mechanism
        return "not offered"
    return "tls" if isinstance(error, ssl.SSLError) else "no connection"


def _find_about(phase: str, otherwise: About) -> About:
    """Return what a failure is about; always OURS before the recipient was named."""
    return About.OURS if phase in BEFORE_RECIPIENT else otherwise
