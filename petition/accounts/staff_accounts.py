"""Staff accounts: who may sign in, and with which role. Managed by the command line only."""

import re
import secrets
from dataclasses import dataclass

from flask_security.utils import hash_password
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from petition.accounts.account_problems import AccountProblem
from petition.accounts.common_passwords import count_own
from petition.audit.trail import Detail, record
from petition.core.errors import InvalidInput, NotFound, Problem
from petition.core.extensions import db, security, transaction
from petition.models import Role, RoleName, User

# NIST SP 800-63B: length over composition. Flask-Security refuses more than 128.
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
FEWEST_DIFFERENT = 6
FEWEST_OWN = 6  # parts and characters as counted by ``count_own``
GENERATED_BYTES = 18  # 24 characters, 144 bits
# No mail is sent to these addresses, so a host name of the local network is accepted.
ADDRESS = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+")
LONGEST_ADDRESS = 254
VISITOR = "visitor"  # the actor of audit events without a signed-in user


@dataclass(frozen=True, slots=True)
class StaffMember:
    """An account as it is listed."""

    id: int
    email: str
    roles: tuple[str, ...]
    active: bool


def create_staff(email: str, password: str, role: RoleName, *, actor: str) -> int:
    """Create an account with one role and return its id.

    - Raises InvalidInput with ``email`` or ``password`` if one is invalid, taken or too weak.
    """
    email = normalize_email(email)
    hashed = _hash(email, password)
    with transaction() as session:
        if _find(session, email):
            raise InvalidInput({"email": Problem(AccountProblem.EMAIL_TAKEN)})
        user = User(
            email=email,
            password=hashed,
            active=True,
            fs_uniquifier=secrets.token_hex(32),
            roles=[_get_role(session, role)],
        )
        session.add(user)
        session.flush()
        record(session, "staff.created", "staff", user.id, actor=actor, detail={"role": role.value})
        return user.id


def list_staff() -> list[StaffMember]:
    """Return all accounts by e-mail address."""
    users = db.session.scalars(select(User).options(selectinload(User.roles)).order_by(User.email))
    return [
        StaffMember(
            user.id, user.email, tuple(sorted(role.name for role in user.roles)), user.active
        )
        for user in users
    ]


def set_active(email: str, active: bool, *, actor: str) -> bool:
    """Enable or disable an account, and end its sessions; return whether that changed it.

    - Raises NotFound.
    """
    with transaction() as session:
        user = _get(session, email)
        if user.active == active:
            return False
        user.active = active
        _end_sessions(user)
        record(
            session, "staff.enabled" if active else "staff.disabled", "staff", user.id, actor=actor
        )
        return True


def set_password(email: str, password: str, *, actor: str) -> None:
    """Set the password of an account and end its sessions.

    - Raises NotFound, and InvalidInput with ``password``.
    """
    hashed = _hash(normalize_email(email), password)
    with transaction() as session:
        user = _get(session, email)
        user.password = hashed
        _end_sessions(user)
        record(session, "staff.password_changed", "staff", user.id, actor=actor)


def end_sessions(user_id: int, *, actor: str) -> None:
    """End every session of an account, which invalidates all copies of its cookies."""
    with transaction() as session:
        user = session.get_one(User, user_id)
        _end_sessions(user)
        record(session, "staff.signed_out", "staff", user_id, actor=actor)


def record_sign_in(user_id: int) -> None:
    """Record that an account signed in."""
    with transaction() as session:
        record(session, "staff.signed_in", "staff", user_id, actor=f"staff:{user_id}")


def find_account(email: str) -> int:
    """Return the id of the account with a typed e-mail address; 0 for none."""
    email = email.strip().lower()
    if len(email) > LONGEST_ADDRESS or not ADDRESS.fullmatch(email):
        return 0
    return db.session.scalar(select(User.id).where(func.lower(User.email) == email)) or 0


def record_refusal(action: str, account: int, *, actor: str, detail: Detail) -> None:
    """Record a refusal; ``account`` is 0 where there is none."""
    with transaction() as session:
        record(session, action, "staff", account, actor=actor, detail=detail)


def generate_password() -> str:
    """Return a random password."""
    return secrets.token_urlsafe(GENERATED_BYTES)


def normalize_email(email: str) -> str:
    """Return an e-mail address in the form stored in accounts; raises InvalidInput."""
    email = email.strip().lower()
    if len(email) > LONGEST_ADDRESS or not ADDRESS.fullmatch(email):
        raise InvalidInput({"email": Problem(AccountProblem.EMAIL_REFUSED)})
    return email


def _hash(email: str, password: str) -> str:
    password = security.password_util.normalize(password)
    problem = _find_weakness(email, password)
    if problem:
        raise InvalidInput({"password": problem})
    return hash_password(password)


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


def _find(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(func.lower(User.email) == email))


def _get(session: Session, email: str) -> User:
    user = _find(session, normalize_email(email))
    if user is None:
        raise NotFound(AccountProblem.NOT_FOUND)
    return user


def _get_role(session: Session, name: RoleName) -> Role:
    role = session.scalar(select(Role).where(Role.name == name))
    if role is None:
        role = Role(name=name.value)
        session.add(role)
    return role


def _end_sessions(user: User) -> None:
    user.fs_uniquifier = secrets.token_hex(32)
