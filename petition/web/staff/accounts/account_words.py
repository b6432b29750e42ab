"""The events of an account in words: sign-ins, refusals, and what admins changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from petition.models import Event

Detail = Mapping[str, Any]

# Of a portal: its name comes before the dot.
OF_PORTAL = {
    "signed_in": "signed in",
    "new_place": "signed in from a network that is new for the account; an e-mail says so",
    "signed_out": "signed out",
    "sign_in_failed": "a wrong password",
    "sign_in_refused": "too many attempts to sign in",
    "code_failed": "a wrong code after the right password",
    "proof_failed": "a wrong password or code before a protected page",
    "password_changed": "the password was changed",
    "created": "the account was made",
    "enabled": "the account was opened again",
    "disabled": "the account was closed",
}
OTHERS = {
    "session.revoked": "a session was ended",
    "second_factor.set": "an authenticator app was set up",
    "second_factor.reset": "the second factor was removed",
    "recovery_code.used": "a recovery code was used",
    "recovery_codes.renewed": "new recovery codes were made",
}
REFUSED = {
    "role": "refused, because the role does not allow it",
    "token": "refused, because the form had expired",
    "cross-site": "refused, because another website sent the form",
}
LOUD = ("sign_in_failed", "sign_in_refused", "code_failed", "proof_failed", "refused")


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """One event; ``portal`` and ``who`` may be empty. ``is_loud``: something was refused."""

    at: datetime
    text: str
    portal: str
    who: str
    is_loud: bool


def tell_events(events: Sequence[Event], user_id: int) -> list[AccountEntry]:
    """Return the events of an account as sentences; one without a sentence by its name."""
    return [_tell(event, user_id) for event in events]


def _tell(event: Event, user_id: int) -> AccountEntry:
    subject, _, what = event.action.partition(".")
    own = (f"staff:{user_id}", f"partner:{user_id}", "visitor")
    return AccountEntry(
        event.at,
        _find_words(event, what),
        event.subject if event.subject == subject else "",
        "" if event.actor in own else _name(event.actor),
        what in LOUD,
    )


def _find_words(event: Event, what: str) -> str:
    if what == "refused":
        reason = str(event.detail.get("reason", ""))
        page = str(event.detail.get("page", "")).replace("_", " ")
        return f"{REFUSED.get(reason, 'refused')}: {page}"
    if event.action in ("role.granted", "role.taken"):
        return _tell_role(event.detail, given=what == "granted")
    return OTHERS.get(event.action) or OF_PORTAL.get(what) or event.action


def _tell_role(detail: Detail, *, given: bool) -> str:
    scopes = [
        f"for {kind} {detail[kind]}" for kind in ("campaign", "organization") if kind in detail
    ]
    scope = "".join(scopes) or "for the whole service"
    return f"became {detail['role']} {scope}" if given else f"is no longer {detail['role']} {scope}"


def _name(actor: str) -> str:
    kind, _, number = actor.partition(":")
    if number:
        return f"account {number}"
    return "a command" if kind == "cli" else kind
