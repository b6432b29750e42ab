"""Screening: what keeps programs out of a campaign, by what its form tells of who filled it.

Who is taken for a robot is answered as everyone is and counted nowhere (see sign.py): nothing tells
a robot's maker what gave it away. So a guard rejects only what no person does: fill the field that
nobody sees, or forge a proof. Whatever may happen to a person is refused openly instead: here what
is wrong with their mailbox, in petition/web/form_signals.py what is wrong with the pace or the
proof.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from disposable_email_domains import blocklist

from petition.campaigns.screening_settings import ScreeningSettings
from petition.core.errors import InvalidInput, Problem
from petition.signing.canonical_email import read_email
from petition.signing.domain_typos import find_slip
from petition.signing.form_problems import FormProblem
from petition.validation.mail_domains import encode_domain, spell_domain
from petition.validation.mail_providers import FORWARDERS, LARGE

AS_TYPED = "email_as_typed"  # the field that holds an address of which its owner said: it is right
_DOMAINS_REMEMBERED = 4_000


class RejectReason(StrEnum):
    """What gave a robot away; at most 20 characters."""

    HONEYPOT = "honeypot"
    PROOF = "proof"
    TOO_FAST = "too-fast"  # of signatures from before such forms were drawn again
    DISPOSABLE = "disposable"  # of those from before such addresses were refused in words
    FORGED = "forged"  # staff found so later, of a hundred that they looked at


@dataclass(frozen=True, slots=True)
class Proof:
    """What came back of a challenge: the solved one by its digest, None where it is wrong."""

    digest: bytes | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FormSignals:
    """What the page saw of how its form was filled.

    - ``trapped``: the field that people do not see was filled.
    - ``form_at``: when the form was drawn; None where nothing tells, or that was forged.
    - ``proof``: None where none was asked for.
    """

    trapped: bool = False
    proof: Proof | None = None
    form_at: datetime | None = None


def judge(guards: ScreeningSettings, traces: FormSignals) -> RejectReason | None:
    """Return why a signing is a robot's, or None."""
    if guards.honeypot and traces.trapped:
        return RejectReason.HONEYPOT
    if traces.proof is not None and traces.proof.digest is None:
        return RejectReason.PROOF
    return None


def refuse_mailbox(guards: ScreeningSettings, email: str, as_typed: str) -> None:
    """Pass an address that its owner can be reached by; raises InvalidInput for others.

    - A domain that looks mistyped is asked about, once: ``as_typed`` is the address of which the
      form says that it is right so.
    - A throw-away mailbox is refused, where the campaign's guard says so.
    """
    meant = find_slip(email)
    if meant is not None:
        if as_typed and read_email(as_typed) == email:
            return
        raise InvalidInput({"email": _describe_slip(email, meant)})
    if guards.disposable_domains and is_disposable(email):
        domain = {"domain": email.rpartition("@")[2]}
        raise InvalidInput({"email": Problem(FormProblem.EMAIL_DISPOSABLE, domain)})


def is_disposable(email: str) -> bool:
    """Return whether the address is at a host of throw-away mailboxes, or under one's name."""
    return _is_thrown_away(email.rpartition("@")[2])


def _describe_slip(email: str, meant: str) -> Problem:
    typed = email.rpartition("@")[2]
    return Problem(FormProblem.EMAIL_MISTYPED, {"meant": meant, "typed": typed})


@lru_cache(_DOMAINS_REMEMBERED)
def _is_thrown_away(typed: str) -> bool:
    domain = spell_domain(typed)
    if not domain.isascii():
        domain = encode_domain(domain)  # as the list has it
    labels = domain.split(".")
    parents = {".".join(labels[start:]) for start in range(len(labels) - 1)}
    return not parents.isdisjoint(blocklist) and parents.isdisjoint(LARGE | FORWARDERS)
