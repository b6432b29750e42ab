"""The e-mail addresses of accounts, and looking accounts up by them."""

import re

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.accounts.account_problems import AccountProblem
from petition.core.errors import InvalidInput, NotFound, Problem
from petition.core.extensions import db
from petition.models import User

# A machine without mail may have accounts of its local network: their host names are accepted.
ADDRESS = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+")
LONGEST_ADDRESS = 254


def normalize_email(email: str) -> str:
    """Return an e-mail address in the form stored in accounts; raises InvalidInput."""
    email = email.strip().lower()
    if len(email) > LONGEST_ADDRESS or not ADDRESS.fullmatch(email):
        raise InvalidInput({"email": Problem(AccountProblem.EMAIL_REFUSED)})
    return email


def find_account(email: str) -> int:
    """Return the id of the account with a typed e-mail address; 0 for none."""
    email = email.strip().lower()
    if len(email) > LONGEST_ADDRESS or not ADDRESS.fullmatch(email):
        return 0
    return db.session.scalar(select(User.id).where(func.lower(User.email) == email)) or 0


def find_user(session: Session, email: str) -> User | None:
    """Return the account with a normalized e-mail address."""
    return session.scalar(select(User).where(func.lower(User.email) == email))


def get_user(session: Session, email: str) -> User:
    """Return the account with a typed e-mail address; raises InvalidInput, NotFound."""
    user = find_user(session, normalize_email(email))
    if user is None:
        raise NotFound(AccountProblem.NOT_FOUND)
    return user
