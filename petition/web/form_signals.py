"""The web part of bot screening: hidden fields of the sign form, and reading them when it is sent.

- A program that never loaded the form sends no time of its rendering (form_moment.py) and is not
  rejected for that: rate limits apply to it. A form that is sent too soon is shown again, with what
  was typed and a message.
- A browser that was asked for a proof (proof_of_work.py) and sent none gets its form again, with
  what was typed and a message that says what to do. An expired proof counts as none; only a wrong
  or a reused one marks the signature as a suspected bot's.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, url_for

from petition.campaigns.screening_settings import ProofOfWork, ScreeningSettings, restore_guards
from petition.core.errors import InvalidInput, Problem
from petition.error_messages.page_messages import PageProblem
from petition.models import Campaign
from petition.signing.canonical_email import read_email
from petition.signing.domain_typos import find_slip
from petition.signing.screening import FormSignals, judge
from petition.web.errors import TooManyRequests
from petition.web.form_moment import MOMENT, read_moment, seal_moment, tell_seconds
from petition.web.proof_of_work import read_proof

# The form's fields. Bots tend to fill in a subject, and no browser autofills one.
TRAP = "subject"
PROOF = "altcha"


class ProofWanted(InvalidInput):
    """The browser was asked for a proof of work and did not send one."""

    code = "proof-wanted"
    status = 429


class TooSoon(InvalidInput):
    """A person's network is over its limit; the form is shown again, to be sent in ``seconds``."""

    code = "too-many-requests"
    status = 429

    def __init__(self, problems: Mapping[str, Problem], seconds: int) -> None:
        super().__init__(problems)
        self.seconds = seconds


class TooQuick(TooSoon):
    """The form was sent sooner than a person can fill it in."""

    code = "too-quick"
    status = 422


@dataclass(frozen=True, slots=True)
class GuardFields:
    """The hidden fields of a campaign's form; see templates/public/_guard.html.

    - ``moment`` also shows, when a hundred is reviewed, which signers loaded the form.
    - ``challenge_url`` is empty where the campaign uses no proof of work.
    """

    trap: bool
    moment: str
    challenge_url: str


def init_app(app: Flask) -> None:
    """Add ``find_guard_fields`` and ``find_typed_slip`` to the templates."""
    app.add_template_global(find_guard_fields)
    app.add_template_global(find_typed_slip)


def find_guard_fields(campaign: Campaign) -> GuardFields:
    """Return the hidden fields of the campaign's form."""
    guards = restore_guards(campaign.guards)
    proves = guards.proof_of_work != ProofOfWork.OFF
    return GuardFields(
        trap=guards.honeypot,
        moment=seal_moment(),
        challenge_url=url_for("public.give_challenge", campaign=campaign.slug) if proves else "",
    )


def find_typed_slip(email: str) -> str:
    """Return the domain of a typed e-mail address if it looks mistyped, else an empty string."""
    read = read_email(email)
    return read.rpartition("@")[2] if read and find_slip(read) else ""


def observe(guards: ScreeningSettings, form: Mapping[str, str], busy: float) -> FormSignals:
    """Return the bot signals of a form.

    - ``busy``: seconds until its network is no longer busy, 0 where it is not.
    - Raises ProofWanted; TooQuick, but not for a form that other signals reject already.
    """
    always = guards.proof_of_work == ProofOfWork.ALWAYS
    proof = None
    if always or (busy and guards.proof_of_work == ProofOfWork.WHEN_BUSY):
        proof = read_proof(form.get(PROOF, ""))
        if proof is None:
            raise ProofWanted({"proof": _describe_missing_proof(0 if always else busy)})
    moment = form.get(MOMENT, "")
    drawn = read_moment(moment) if moment else None
    traces = FormSignals(trapped=bool(form.get(TRAP, "").strip()), proof=proof, form_at=drawn)
    seconds = tell_seconds(moment, drawn)
    if seconds is not None and seconds < guards.minimum_seconds and judge(guards, traces) is None:
        raise _ask_again(math.ceil(guards.minimum_seconds - seconds))
    return traces


def ask_to_wait(refused: TooManyRequests) -> TooSoon:
    """Return the refusal with which a person gets the form back, with how long to wait."""
    wait = timedelta(seconds=refused.seconds)
    if refused.asking:
        return TooSoon({"look_up": Problem(PageProblem.ZIP_BUSY, {"wait": wait})}, refused.seconds)
    if refused.domain:
        problem = Problem(PageProblem.DOMAIN_BUSY, {"domain": refused.domain, "wait": wait})
    else:
        problem = Problem(PageProblem.NETWORK_BUSY, {"wait": wait})
    return TooSoon({"wait": problem}, refused.seconds)


def _ask_again(seconds: int) -> TooQuick:
    problem = Problem(PageProblem.FILLED_TOO_FAST, {"wait": timedelta(seconds=seconds)})
    return TooQuick({"wait": problem}, seconds)


def _describe_missing_proof(busy: float) -> Problem:
    if not busy:
        return Problem(PageProblem.PROOF_MISSING)
    return Problem(PageProblem.PROOF_MISSING_BUSY, {"wait": timedelta(seconds=math.ceil(busy))})
