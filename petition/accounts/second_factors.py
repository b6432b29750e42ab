"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes.

- The secret is sealed in its row, so that a rotation of the data keys seals it again; recovery
  codes are keyed hashes. Each code is used once, also by requests at the same moment: one statement
  finds and uses it.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass

from flask_security.totp import Totp
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from petition.accounts.account_mails import plan_mail
from petition.accounts.account_problems import AccountProblem
from petition.accounts.addresses import get_user
from petition.accounts.staff_accounts import drop_sessions
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.columns import ROW_SECRET_BYTES
from petition.core.database import insert_into
from petition.core.errors import InvalidInput, NotFound, Problem
from petition.core.extensions import db, transaction
from petition.core.sealing import get_sealer
from petition.models import (
    AccountMailKind,
    PortalName,
    RecoveryCode,
    SecondFactor,
    TotpSecret,
    User,
)

ISSUER = "Hundredth"
KEY_BYTES = 20  # RFC 4226, 4: 160 bits
# The clock of a phone may be this far off, in either direction.
WINDOW_SECONDS = 30
LONGEST_CODE = 20  # characters typed, with blanks
RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 16 characters of base32, in groups of four
_GROUP = 4


class _StepReader(Totp):
    """Flask-Security's TOTP, which keeps the time step of the code that matched."""

    def __init__(self) -> None:
        super().__init__({"1": secrets.token_hex(KEY_BYTES)}, ISSUER)
        self.step: int | None = None

    def set_last_counter(self, user: object, tmatch: object) -> None:
        """Keep the step."""
        self.step = getattr(tmatch, "counter", None)


@dataclass(frozen=True, slots=True)
class NewFactor:
    """A second factor that is being set up; ``uri`` is what its QR code contains."""

    key: str
    uri: str


def has_second_factor(user_id: int) -> bool:
    """Return whether an account has a second factor in force."""
    return db.session.scalar(select(SecondFactor.id).where(*_in_force(user_id))) is not None


def count_recovery_codes(user_id: int) -> int:
    """Return how many recovery codes of an account are unused."""
    query = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    return db.session.scalar(query) or 0


def begin_factor(user_id: int, email: str) -> NewFactor:
    """Return the second factor that the account is setting up, made at the first call."""
    found = db.session.scalar(select(SecondFactor.secret).where(*_new(user_id)))
    if found is None or not found.is_readable:
        with transaction() as session:
            found = _make_factor(session, user_id, broken=found is not None)
    key = found.key
    return NewFactor(_group(key), _StepReader().get_totp_uri(email, _write_source(key)))


def confirm_factor(user_id: int, code: str, *, actor: str) -> list[str]:
    """Put the new second factor in force by its first code; return the recovery codes, shown once.

    - The one that was in force before, and its recovery codes, are replaced.
    - Raises InvalidInput with ``code``.
    """
    with transaction() as session:
        factor = session.scalar(select(SecondFactor).where(*_new(user_id)).with_for_update())
        step = _find_step(factor.secret, code) if factor is not None else None
        if factor is None or step is None:
            raise InvalidInput({"code": Problem(AccountProblem.WRONG_CODE)})
        session.execute(delete(SecondFactor).where(*_in_force(user_id)))
        factor.confirmed_at, factor.last_step = utcnow(), step
        record(session, "second_factor.set", "account", user_id, actor=actor)
        return _make_codes(session, user_id)


def use_code(user_id: int, code: str) -> bool:
    """Use a code of the account's app; return False if it is wrong or was used."""
    factor = db.session.scalar(select(SecondFactor).where(*_in_force(user_id)))
    if factor is None:
        return False
    factor_id, step = factor.id, _find_step(factor.secret, code)
    if step is None:
        return False
    with transaction() as session:
        used = session.scalars(
            update(SecondFactor)
            .where(
                SecondFactor.id == factor_id,
                or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step),
            )
            .values(last_step=step)
            .returning(SecondFactor.id)
        ).all()
    return bool(used)


def use_recovery_code(user_id: int, code: str, portal: PortalName) -> bool:
    """Use up a recovery code; return False if it is not one of the account's unused ones.

    - The account is told by e-mail.
    """
    digest = _hash(user_id, code)
    with transaction() as session:
        used = session.scalars(
            delete(RecoveryCode)
            .where(RecoveryCode.digest == digest, RecoveryCode.user_id == user_id)
            .returning(RecoveryCode.digest)
        ).all()
        if used:
            actor = f"{portal}:{user_id}"
            record(session, "recovery_code.used", "account", user_id, actor=actor)
            plan_mail(session, AccountMailKind.RECOVERY, portal, user_id=user_id)
    return bool(used)


def renew_recovery_codes(user_id: int, *, actor: str) -> list[str]:
    """Replace the recovery codes and return the new ones, shown once; raises NotFound.

    - Only an account with a second factor has them.
    """
    with transaction() as session:
        if session.scalar(select(SecondFactor.id).where(*_in_force(user_id))) is None:
            raise NotFound(AccountProblem.NO_SECOND_FACTOR)
        record(session, "recovery_codes.renewed", "account", user_id, actor=actor)
        return _make_codes(session, user_id)


def reset_second_factor(email: str, *, actor: str) -> None:
    """Remove an account's second factor and codes, and end its sessions; raises NotFound.

    - Whoever must have one sets up another at the next sign-in. The account is told by e-mail.
    """
    with transaction() as session:
        user = get_user(session, email)
        removed = session.scalars(
            delete(SecondFactor).where(SecondFactor.user_id == user.id).returning(SecondFactor.id)
        ).all()
        if not removed:
            raise NotFound(AccountProblem.NO_SECOND_FACTOR)
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
        drop_sessions(session, user)
        portal = PortalName.STAFF if user.has_staff_role else PortalName.PARTNER
        plan_mail(session, AccountMailKind.FACTOR_RESET, portal, user_id=user.id)
        record(session, "second_factor.reset", "account", user.id, actor=actor)


def _make_factor(session: Session, user_id: int, *, broken: bool) -> TotpSecret:
    """Add the row of a new second factor and return its secret; of two at once one is kept."""
    if broken:
        session.execute(delete(SecondFactor).where(*_new(user_id)))
    bound_to = os.urandom(ROW_SECRET_BYTES)
    key = base64.b32encode(os.urandom(KEY_BYTES)).decode()
    row = insert_into(session, SecondFactor).values(
        user_id=user_id,
        secret=TotpSecret(key, bound_to=bound_to),
        bound_to=bound_to,
        created_at=utcnow(),
    )
    session.execute(row.on_conflict_do_nothing())
    return session.scalars(select(SecondFactor.secret).where(*_new(user_id))).one()


def _find_step(secret: TotpSecret, code: str) -> int | None:
    """Return the time step of a code; None if it is wrong, or the secret does not open."""
    if not secret.is_readable or len(code) > LONGEST_CODE:
        return None
    reader = _StepReader()
    if not code.isascii():
        return None
    reader.verify_totp(code, _write_source(secret.key), User(), WINDOW_SECONDS)
    return reader.step


def _write_source(key: str) -> str:
    return json.dumps({"v": 1, "type": "totp", "key": key})


def _make_codes(session: Session, user_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [
        _group(base64.b32encode(os.urandom(RECOVERY_BYTES)).decode().lower())
        for _ in range(RECOVERY_CODES)
    ]
    now = utcnow()
    session.add_all(
        RecoveryCode(digest=_hash(user_id, code), user_id=user_id, made_at=now) for code in codes
    )
    return codes


def _hash(user_id: int, code: str) -> bytes:
    plain = "".join(character for character in code.lower() if character.isalnum())
    return get_sealer().digest(f"{user_id}:{plain}", "recovery code")


def _group(text: str) -> str:
    return " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def _in_force(user_id: int) -> tuple[ColumnElement[bool], ...]:
    return SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)


def _new(user_id: int) -> tuple[ColumnElement[bool], ...]:
    return SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_(None)
