"""Audit events and log lines for requests that a portal refuses: the account's id and a code.

- No e-mail address, network or input is recorded. The account is 0 where none exists, and the actor
  is ``visitor`` where nobody is signed in.
- Audit events cannot be deleted, so strangers must not be able to fill the table: above a limit for
  one network, and for all, only the log line is written.
- A refusal that cannot be recorded still takes effect.
"""

from flask import Flask, current_app, request
from flask_security import current_user
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from petition.accounts import staff_accounts
from petition.accounts.addresses import find_account
from petition.core.errors import Retryable
from petition.core.extensions import db
from petition.core.logs import get_logger
from petition.core.settings import Settings
from petition.web.portals.portal import get_portal
from petition.web.ratelimit.limits import HitLimit, find_networks

OF_ONE = "60 per hour"
OF_ALL = "1000 per hour"
EXTENSION = "hundredth-refusal-limits"

log = get_logger(__name__)


def init_refusals(app: Flask, settings: Settings) -> None:
    """Create the app's limits on recorded refusals."""
    queues, sealer = app.extensions["hundredth-queues"], app.extensions["hundredth-sealer"]
    app.extensions[EXTENSION] = tuple(
        HitLimit(limits, queues, sealer, purpose)
        for limits, purpose in ((OF_ONE, "refusal"), (OF_ALL, "refusals"))
    )


def note_failed_sign_in(email: str) -> None:
    """Record a sign-in with a wrong password or an unknown account, or in the other portal."""
    _note_at_account("sign_in_failed", email)


def note_refused_sign_in(email: str) -> None:
    """Record a sign-in that was refused by the rate limit."""
    _note_at_account("sign_in_refused", email)


def note_wrong_code(account: int) -> None:
    """Record a wrong code, or wrong recovery code, after the right password."""
    _write("code_failed", account, staff_accounts.VISITOR, {})


def note_refused_link() -> None:
    """Record that the link of an invitation or of a reset was refused."""
    _write("link_refused", 0, staff_accounts.VISITOR, {"page": _name_page()})


def note_wrong_proof(account: int) -> None:
    """Record that who is signed in entered a wrong password or code for a protected page."""
    _write("proof_failed", account, f"{get_portal().name}:{account}", {})


def note_refusal(reason: str) -> None:
    """Record that a page or a form of the portal was refused.

    - ``reason``: ``role``, ``token`` or ``cross-site``.
    """
    try:
        account = current_user.id if current_user.is_authenticated else 0
    except (DBAPIError, PoolTimeout):
        db.session.rollback()
        account = 0
    actor = f"{get_portal().name}:{account}" if account else staff_accounts.VISITOR
    _write("refused", account, actor, {"reason": reason, "page": _name_page()})


def _name_page() -> str:
    return (request.endpoint or "").rpartition(".")[2]


def _note_at_account(action: str, email: str) -> None:
    try:
        account = find_account(email)
    except (DBAPIError, PoolTimeout):
        db.session.rollback()
        account = 0
    _write(action, account, staff_accounts.VISITOR, {})


def _write(what: str, account: int, actor: str, detail: dict[str, str]) -> None:
    portal = get_portal().name
    action = f"{portal}.{what}"
    log.warning(action, account=account, actor=actor, **detail)
    of_one, of_all = current_app.extensions[EXTENSION]
    whose = find_networks(request.remote_addr) if actor == staff_accounts.VISITOR else actor
    if of_one.hit(whose) or of_all.hit("all"):
        return
    try:
        staff_accounts.record_refusal(action, portal, account, actor=actor, detail=detail)
    except (Retryable, DBAPIError, PoolTimeout) as error:
        log.warning("staff.refusal_not_written", error=type(error).__name__)
