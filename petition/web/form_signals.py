"""The web part of bot screening: hidden fields of the sign form, and reading them when it is sent.

- The time at which the form was rendered is sealed, so that an older one cannot be forged. A
  program that never loaded the form sends none and is not rejected for that: rate limits apply to
  it. A form that is sent too soon is shown again, with what was typed and a message.
- The proof of work is ALTCHA's (PBKDF2, so that native code gains little over a phone's browser),
  issued and verified on this host. It is invisible: static/pow.js computes it.
- A browser that was asked for a proof and sent none gets its form again, with what was typed and a
  message that says what to do. An expired proof counts as none; only a wrong or a reused one marks
  the signature as a suspected bot's.
"""

import hashlib
import math
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha
from flask import Flask, request, url_for

from petition.campaigns.open_campaigns import CampaignSnapshot
from petition.campaigns.screening_settings import ProofOfWork, ScreeningSettings, restore_guards
from petition.core.clock import utcnow
from petition.core.errors import ConfigurationError, InvalidInput, Problem
from petition.core.sealing import get_sealer, read_text, write_text
from petition.error_messages.page_messages import PageProblem
from petition.models import Campaign
from petition.signing.canonical_email import read_email
from petition.signing.domain_typos import find_slip
from petition.signing.screening import FormSignals, Proof, judge
from petition.validation.mail_providers import find_small_domain
from petition.web.errors import TooManyRequests, describe_wait
from petition.web.ratelimit.limits import (
    HitLimit,
    Key,
    find_networks,
    get_campaign_limit,
    get_domain_limit,
    get_limit,
)

# The form's fields. Bots tend to fill in a subject, and no browser autofills one.
TRAP = "subject"
MOMENT = "drawn"
PROOF = "altcha"

ALGORITHM = "PBKDF2/SHA-256"
# A solver tries counters from 0 on, each of this many PBKDF2 rounds: about a second on a phone.
ROUNDS = 2_000
COUNTERS = range(150, 450)
GOOD_FOR = timedelta(minutes=10)
LONGEST_PROOF = 4_000
LAYOUT = struct.Struct(">d")


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


def seal_moment() -> str:
    """Return the current time, sealed for the form."""
    return write_text(get_sealer().seal(LAYOUT.pack(utcnow().timestamp()), MOMENT))


def read_moment(text: str) -> datetime | None:
    """Return the time sealed in the form; None for none, and for one that is forged."""
    try:
        (drawn,) = LAYOUT.unpack(get_sealer().open(read_text(text), MOMENT))
        return datetime.fromtimestamp(drawn, UTC)
    except (ValueError, OverflowError, struct.error, ConfigurationError):
        return None


def tell_seconds(text: str, drawn: datetime | None) -> float | None:
    """Return how many seconds ago the form was rendered.

    - None where the field is missing, or its time is in the future by this host's clock.
    - 0 where it is forged.
    """
    if drawn is None:
        return 0.0 if text else None
    seconds = (utcnow() - drawn).total_seconds()
    return seconds if seconds >= 0 else None


def let_in(limit: HitLimit, key: Key) -> float:
    """Count one signing; return the seconds until ``key`` is no longer busy, 0 where it is not.

    - Raises TooManyRequests.
    """
    hit = limit.try_hit(key)
    if hit.wait:
        raise TooManyRequests(math.ceil(hit.wait))
    return hit.busy


def let_ask(limit: HitLimit) -> None:
    """Count one look-up of the requesting network, against ``limit``.

    - Raises TooManyRequests.
    """
    wait = limit.hit(find_networks(request.remote_addr))
    if wait:
        raise TooManyRequests(wait, asking=True)


def let_in_campaign(campaign: CampaignSnapshot, networks: tuple[str, ...]) -> float:
    """Count one signing as ``let_in`` does, if the campaign has a limit of its own."""
    limit = campaign.guards.sign_limit
    if limit is None:
        return 0.0
    return let_in(get_campaign_limit(limit), _name_keys(campaign, networks))


def let_in_domain(email: str) -> None:
    """Count one signing with a typed address of a small mail domain.

    - Domains of large providers and forwarding services are not counted: see
      petition/validation/mail_providers.py.
    - Raises TooManyRequests.
    """
    domain = find_small_domain(email)
    if domain is None:
        return
    wait = get_domain_limit().hit(domain)
    if wait:
        raise TooManyRequests(wait, domain=domain)


def asks_proof(campaign: CampaignSnapshot, networks: tuple[str, ...]) -> bool:
    """Return whether the next signing from these networks may need a proof of work."""
    guards = campaign.guards
    if guards.proof_of_work != ProofOfWork.WHEN_BUSY:
        return guards.proof_of_work == ProofOfWork.ALWAYS
    return get_limit().is_busy_soon(networks) or (
        guards.sign_limit is not None
        and get_campaign_limit(guards.sign_limit).is_busy_soon(_name_keys(campaign, networks))
    )


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


def keep_moment(form: Mapping[str, str]) -> dict[str, str]:
    """Return the form's values to show again: with its first time, unless that is forged."""
    kept = dict(form)
    if read_moment(kept.get(MOMENT, "")) is None:
        kept.pop(MOMENT, None)
    return kept


def ask_to_wait(refused: TooManyRequests) -> TooSoon:
    """Return the refusal with which a person gets the form back, with how long to wait."""
    wait = describe_wait(refused.seconds)
    if refused.domain:
        problem = Problem(PageProblem.DOMAIN_BUSY, {"domain": refused.domain, "wait": wait})
    else:
        problem = Problem(PageProblem.NETWORK_BUSY, {"wait": wait})
    return TooSoon({"wait": problem}, refused.seconds)


def make_challenge() -> dict[str, Any]:
    """Return a challenge in the format of ALTCHA's clients."""
    first, last = COUNTERS[0], COUNTERS[-1]
    challenge = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        counter=first + secrets.randbelow(last - first + 1),
        expires_at=utcnow() + GOOD_FOR,
        hmac_secret=_find_key("challenge"),
        hmac_key_secret=_find_key("solution"),
    )
    return dict(challenge.to_dict())


def read_proof(text: str) -> Proof | None:
    """Return the proof of work that was sent; None for none, or for an expired one."""
    if not text:
        return None
    wrong = Proof(None, utcnow())
    if len(text) > LONGEST_PROOF:
        return wrong
    found = altcha.verify_solution(
        text, _find_key("challenge"), hmac_key_secret=_find_key("solution")
    )
    if found.expired:
        return None
    if not found.verified:
        return wrong
    # The rest of a payload has many spellings; the challenge's signature has one.
    challenge = altcha.Payload.from_base64(text).challenge
    digest = hashlib.sha256(str(challenge.signature).encode()).digest()
    return Proof(digest, datetime.fromtimestamp(challenge.parameters.expires_at or 0, UTC))


def _ask_again(seconds: int) -> TooQuick:
    problem = Problem(PageProblem.FILLED_TOO_FAST, {"wait": describe_wait(seconds)})
    return TooQuick({"wait": problem}, seconds)


def _describe_missing_proof(busy: float) -> Problem:
    if not busy:
        return Problem(PageProblem.PROOF_MISSING)
    return Problem(PageProblem.PROOF_MISSING_BUSY, {"wait": describe_wait(math.ceil(busy))})


def _name_keys(campaign: CampaignSnapshot, networks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{campaign.id} {network}" for network in networks)


def _find_key(purpose: str) -> bytes:
    return get_sealer().digest(purpose, "proof of work")
