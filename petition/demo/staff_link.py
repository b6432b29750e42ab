"""The link that opens the demonstration's staff pages: it works once, and only there.

- The link is a random token; the data folder has a file with its SHA-256 as its name, which is
  deleted when the link is used: of two uses at once one succeeds. A new link replaces the earlier.
- It signs in an account of its own, with a password and an authenticator app as every account with
  its role must have: nobody has that app, so only a link opens a session. The password is derived
  from the demonstration's keys, for the pages that ask for it again.
"""

import base64
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from flask_security.utils import verify_password
from sqlalchemy import select

from petition.accounts.second_factors import begin_factor, confirm_factor, has_second_factor
from petition.accounts.staff_accounts import create_staff, set_password
from petition.core.extensions import db, get_settings
from petition.core.sealing import get_sealer
from petition.core.settings import Settings
from petition.demo.demo_factor import make_code
from petition.demo.loopback import is_alone
from petition.models import RoleName, User

ADMIN = "admin@demo.example"
ACTOR = "cli"
TOKEN_BYTES = 32
LONGEST_TOKEN = 64  # characters
LINK_SECONDS = 24 * 3600
FOLDER = "demo-links"
_PASSWORD_BYTES = 10  # 16 characters of base32
_GROUP = 4


@dataclass(frozen=True, slots=True)
class StaffLink:
    """The address of a link, and the password of its account."""

    url: str
    password: str


def make_link() -> StaffLink | None:
    """Make a link and void the earlier one; None where the service is no demonstration.

    - The account is made at the first call.
    """
    settings = get_settings()
    if not is_alone(settings):
        return None
    password = _ensure_admin()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    folder = settings.data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for earlier in folder.iterdir():
        earlier.unlink(missing_ok=True)
    _find_file(settings, token).touch(mode=0o600)
    return StaffLink(f"{settings.public_url}/staff/demo/{token}", password)


def is_open(token: str) -> bool:
    """Return whether a link may still be used, and change nothing."""
    settings = get_settings()
    if len(token) > LONGEST_TOKEN or not is_alone(settings):
        return False
    with suppress(OSError):
        age = time.time() - _find_file(settings, token).stat().st_mtime
        return age <= LINK_SECONDS
    return False


def spend(token: str) -> User | None:
    """Use a link up and return the account that it signs in; None if it is not open."""
    if not is_open(token):
        return None
    try:
        _find_file(get_settings(), token).unlink()
    except OSError:
        return None  # it was used at this moment
    found = db.session.scalar(select(User).where(User.email == ADMIN, User.active))
    return found if found is not None and found.has_staff_role else None


def _find_file(settings: Settings, token: str) -> Path:
    return settings.data_dir / FOLDER / sha256(token.encode()).hexdigest()


def _ensure_admin() -> str:
    """Make the account where it is missing; return its password."""
    digest = get_sealer().digest(ADMIN, "demonstration password")[:_PASSWORD_BYTES]
    text = base64.b32encode(digest).decode().lower()
    password = " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
    user = db.session.scalar(select(User).where(User.email == ADMIN))
    if user is None:
        user_id = create_staff(ADMIN, password, [RoleName.ADMIN], actor=ACTOR)
    else:
        user_id = user.id
        if not verify_password(password, user.password or ""):
            set_password(ADMIN, password, actor=ACTOR)
    db.session.rollback()
    if not has_second_factor(user_id):
        key = begin_factor(user_id, ADMIN).key
        confirm_factor(user_id, make_code(key), actor=ACTOR)
    db.session.rollback()
    return password
