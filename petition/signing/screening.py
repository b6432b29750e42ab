"""Screening: rejects robots by how the form was filled, and unusable mailboxes.

- A suspected robot gets the same answer as everyone and is not counted (see sign.py), so that its
  operator does not learn what revealed it. So a guard rejects only what no person does: fill the
  hidden field, or forge a proof.
- What may happen to a person is refused with a message instead: here for the mailbox, in
  petition/web/form_signals.py for the pace or the proof.
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

AS_TYPED = "email_as_typed"  # the form's field with the address that the signer confirmed as right
_DOMAINS_REMEMBERED = 4_000


class RejectReason(StrEnum):
    """Why a signature was rejected as a robot's or a forgery; at most 20 characters."""

    HONEYPOT = "honeypot"
    PROOF = "proof"
    TOO_FAST = "too-fast"  # only in old rows: such a form is now shown again
    DISPOSABLE = "disposable"  # only in old rows: such an address is now refused with a message
    FORGED = "forged"  # found later, when staff reviewed a hundred


@dataclass(frozen=True, slots=True)
class Proof:
    """The answer to a challenge: the digest of the solved one; None if the solution is wrong."""

    digest: bytes | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FormSignals:
    """How the form was filled, as far as the page can determine.

    - ``trapped``: the hidden field was filled.
    - ``form_at``: when the form was rendered; None if that is missing or forged.
    - ``proof``: None if none was required.
    """

    trapped: bool = False
    proof: Proof | None = None
    form_at: datetime | None = None


def judge(guards: ScreeningSettings, traces: FormSignals) -> RejectReason | None:
    """Return why a signing is rejected as a robot's; None if it is not."""
    if guards.honeypot and traces.trapped:
        return RejectReason.HONEYPOT
    if traces.proof is not None and traces.proof.digest is None:
        return RejectReason.PROOF
    return None


def refuse_mailbox(guards: ScreeningSettings, email: str, as_typed: str) -> None:
    """Raise InvalidInput for an address at which its owner can probably not be reached.

    - An address with a domain that may be mistyped is refused once: not if it equals ``as_typed``,
      the address that the signer confirmed in the form.
    - A disposable mailbox is refused if the campaign's guard is on.
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
    """Return whether the domain of an address, or a parent of it, is of disposable mailboxes."""
    return _is_thrown_away(email.rpartition("@")[2])


def _describe_slip(email: str, meant: str) -> Problem:
    typed = email.rpartition("@")[2]
    return Problem(FormProblem.EMAIL_MISTYPED, {"meant": meant, "typed": typed})


@lru_cache(_DOMAINS_REMEMBERED)
def _is_thrown_away(typed: str) -> bool:
    domain = spell_domain(typed)
    if not domain.isascii():
        domain = encode_domain(domain)  # the list has the encoded form
    labels = domain.split(".")
    parents = {".".join(labels[start:]) for start in range(len(labels) - 1)}
    return not parents.isdisjoint(blocklist) and parents.isdisjoint(LARGE | FORWARDERS)
