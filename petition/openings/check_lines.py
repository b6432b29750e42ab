"""The lines of a checklist: what was found, how serious it is, by code and parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from petition.core.errors import Param


class CheckLevel(StrEnum):
    """How serious a line is; a problem keeps a campaign from being opened without a reason."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class CheckCode(StrEnum):
    """What a line says; its texts are in petition/error_messages/checklist_messages.py."""

    TEXT_OK = "text-ok"
    NO_ASK = "text-no-ask"
    MERGE_FIELD = "text-merge-field"
    LETTER_OK = "letter-ok"
    LETTER_LONG = "letter-long"
    LETTER_FAILED = "letter-failed"
    LETTER_SKIPPED = "letter-skipped"
    CLOSES_OK = "closes-ok"
    NO_CLOSE = "closes-missing"
    CLOSES_PAST = "closes-past"
    DEADLINE_PAST = "deadline-past"
    BOUNDARIES_OK = "boundaries-ok"
    NO_BOUNDARIES = "boundaries-missing"
    POSTS_OK = "posts-ok"
    NO_POSTS = "posts-missing"
    NOBODY_REACHED = "posts-nobody"
    VACANT = "posts-vacant"
    ENDED = "posts-ended"
    REACH_OK = "reach-ok"
    UNREACHED = "reach-unreached"
    CHANNEL_OK = "channel-ok"
    CHANNEL_OUTBOX = "channel-outbox"
    NO_SMTP = "channel-no-smtp"
    REPLY_OK = "reply-ok"
    NO_REPLY = "reply-missing"
    CONSENTS_OK = "consents-ok"
    NO_CONSENTS = "consents-none"
    NOT_APPROVED = "consents-not-approved"
    LOOK_OK = "look-ok"
    LOW_CONTRAST = "look-contrast"
    NO_LOGO = "look-no-logo"
    DOMAIN_RESERVED = "domain-reserved"
    DOMAIN_UNCHECKED = "domain-unchecked"
    DOMAIN_MISSING = "domain-missing"
    SPF_OK = "spf-ok"
    SPF_MISSING = "spf-missing"
    SPF_SEVERAL = "spf-several"
    SPF_OPEN = "spf-open"
    DKIM_OK = "dkim-ok"
    DKIM_MISSING = "dkim-missing"
    DKIM_REVOKED = "dkim-revoked"
    DKIM_UNKNOWN = "dkim-unknown"
    UNPROVED = "domain-unproved"
    DMARC_OK = "dmarc-ok"
    DMARC_MISSING = "dmarc-missing"
    DMARC_SEVERAL = "dmarc-several"
    DMARC_REFUSES = "dmarc-refuses"


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of a checklist."""

    code: CheckCode
    level: CheckLevel
    params: Mapping[str, Param] = field(default_factory=dict)


def find_ok(code: CheckCode, **params: Param) -> CheckLine:
    """Return a line about what is as it should be."""
    return CheckLine(code, CheckLevel.OK, params)


def warn(code: CheckCode, **params: Param) -> CheckLine:
    """Return a line about what delays letters or makes less of them."""
    return CheckLine(code, CheckLevel.WARNING, params)


def find_problem(code: CheckCode, **params: Param) -> CheckLine:
    """Return a line about what must be corrected before a campaign opens."""
    return CheckLine(code, CheckLevel.PROBLEM, params)
