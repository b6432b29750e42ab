"""Resets of a forgotten password, by a link in an e-mail; and the change of a known one.

- Asking does the same for every address: one look-up and one row. A second factor stays in force.
"""

from datetime import timedelta
from hmac import compare_digest

from flask_security.utils import verify_password
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.accounts.account_links import AccountLink, read_account_token
from petition.accounts.account_mails import plan_mail
from petition.accounts.account_problems import AccountProblem
from petition.accounts.addresses import find_account
from petition.accounts.passwords import LONGEST_PASSWORD, hash_checked
from petition.accounts.staff_accounts import drop_sessions
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, Problem, TokenRefused
from petition.core.extensions import db, transaction
from petition.models import AccountMail, AccountMailKind, PortalName, User

RESET_LIFE = timedelta(hours=1)


def ask_reset(email: str, portal: PortalName) -> None:
    """Plan an e-mail with a link to choose another password, if the address has an account."""
    user_id = find_account(email) or None
    with transaction() as session:
        plan_mail(session, AccountMailKind.RESET, portal, user_id=user_id)


def read_reset(token: str, portal: PortalName) -> User:
    """Return the account of a link, and change nothing.

    - Raises TokenRefused if it was used, has expired, or is for the other portal.
    """
    mail_id, secret = read_account_token(AccountLink.RESET, token)
    row = db.session.execute(
        select(AccountMail.secret, User)
        .join(User, User.id == AccountMail.user_id)
        .where(
            AccountMail.id == mail_id,
            AccountMail.kind == AccountMailKind.RESET,
            AccountMail.portal == portal,
            AccountMail.spent_at.is_(None),
            AccountMail.created_at > utcnow() - RESET_LIFE,
            User.active,
        )
    ).one_or_none()
    if row is None or not compare_digest(row.secret or b"", secret):
        raise TokenRefused(AccountProblem.LINK_SPENT)
    user: User = row.User
    return user


def reset_password(token: str, portal: PortalName, password: str) -> None:
    """Set the password by a link, end all sessions, and make all open links of resets void.

    - Raises TokenRefused, and InvalidInput with ``password``.
    """
    user = read_reset(token, portal)
    user_id, hashed = user.id, hash_checked(user.email, password)
    mail_id, _ = read_account_token(AccountLink.RESET, token)
    with transaction() as session:
        spent = session.scalars(
            update(AccountMail)
            .where(
                AccountMail.user_id == user_id,
                AccountMail.kind == AccountMailKind.RESET,
                AccountMail.spent_at.is_(None),
            )
            .values(spent_at=utcnow(), due_at=None)
            .returning(AccountMail.id)
        ).all()
        if mail_id not in spent:
            raise TokenRefused(AccountProblem.LINK_SPENT)
        _change(session, user_id, hashed, portal)


def change_password(user_id: int, known: str, password: str, portal: PortalName) -> None:
    """Set another password by who knows the present one; the account's sessions end.

    - Raises InvalidInput with ``known`` or ``password``.
    """
    user = db.session.get_one(User, user_id)
    if not check_password(user, known):
        raise InvalidInput({"known": Problem(AccountProblem.WRONG_PASSWORD)})
    hashed = hash_checked(user.email, password)
    with transaction() as session:
        _change(session, user_id, hashed, portal)


def check_password(user: User, password: str) -> bool:
    """Return whether a password is the account's."""
    stored = user.password
    if not stored or not password or len(password) > LONGEST_PASSWORD:
        return False
    return bool(verify_password(password, stored))


def _change(session: Session, user_id: int, hashed: str, portal: PortalName) -> None:
    user = session.get_one(User, user_id)
    user.password = hashed
    drop_sessions(session, user)
    plan_mail(session, AccountMailKind.PASSWORD, portal, user_id=user_id)
    record(session, f"{portal}.password_changed", portal, user_id, actor=f"{portal}:{user_id}")
