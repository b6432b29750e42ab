"""Passwords: how strong they must be, and how they are stored."""

import re
import secrets

from flask_security.utils import hash_password

from petition.accounts.account_problems import AccountProblem
from petition.accounts.common_passwords import count_own
from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import security

# NIST SP 800-63B: length over composition. Flask-Security refuses more than 128.
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
FEWEST_DIFFERENT = 6
FEWEST_OWN = 6  # parts and characters as counted by ``count_own``
GENERATED_BYTES = 18  # 24 characters, 144 bits


def hash_checked(email: str, password: str) -> str:
    """Return the hash of a password for the account of an address.

    - Raises InvalidInput with ``password`` if it is too weak.
    """
    password = security.password_util.normalize(password)
    problem = _find_weakness(email, password)
    if problem:
        raise InvalidInput({"password": problem})
    return hash_password(password)


def generate_password() -> str:
    """Return a random password."""
    return secrets.token_urlsafe(GENERATED_BYTES)


def _find_weakness(email: str, password: str) -> Problem | None:
    if len(password) < SHORTEST_PASSWORD:
        return Problem(AccountProblem.TOO_SHORT, {"least": SHORTEST_PASSWORD})
    if len(password) > LONGEST_PASSWORD:
        return Problem(AccountProblem.TOO_LONG, {"most": LONGEST_PASSWORD})
    if len(set(password)) < FEWEST_DIFFERENT:
        return Problem(AccountProblem.REPEATS_CHARACTERS)
    if email.partition("@")[0] in password.lower():
        return Problem(AccountProblem.HOLDS_NAME)
    if count_own(password, tuple(re.split(r"[^\w]+|_", email))) < FEWEST_OWN:
        return Problem(AccountProblem.GUESSABLE)
    return None
