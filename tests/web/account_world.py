"""Second factors of accounts in tests: setting one up, and the codes that an app would show."""

import json

from flask import Flask
from flask_security.totp import Totp
from sqlalchemy import select, update

from petition.accounts.second_factors import begin_factor, confirm_factor
from petition.core.extensions import db, transaction
from petition.models import SecondFactor, User


def make_code(key: str) -> str:
    """Return the code that an app with this key shows now."""
    source = json.dumps({"v": 1, "type": "totp", "key": key.replace(" ", "")})
    return str(Totp({"1": "none"}, "Hundredth").generate_totp_password(source))


def set_up_factor(app: Flask, email: str) -> list[str]:
    """Set up a second factor for an account, past the pages; return its recovery codes."""
    with app.app_context():
        user_id = find_user_id(email)
        key = begin_factor(user_id, email).key
        return confirm_factor(user_id, make_code(key), actor="test")


def show_code(app: Flask, email: str) -> str:
    """Return a code of the account's app, and let it be used although the last was just used."""
    with app.app_context():
        user_id = find_user_id(email)
        with transaction() as session:
            session.execute(update(SecondFactor).values(last_step=None))
            factor = session.scalars(
                select(SecondFactor).where(
                    SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)
                )
            ).one()
            return make_code(factor.secret.key)


def find_user_id(email: str) -> int:
    """Return the id of an account."""
    return db.session.scalars(select(User.id).where(User.email == email)).one()
