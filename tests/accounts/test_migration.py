"""Migration 0013: the roles of before become those of today, and the other way round."""

import pytest
from flask.ctx import AppContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from petition.core.extensions import db, transaction

OLD = {"ada": ["admin"], "bea": ["operator"], "cy": ["viewer"], "dee": ["operator", "viewer"]}
NEW = [
    ("ada", "admin"),
    ("bea", "campaigner"),
    ("bea", "reviewer"),
    ("cy", "reader"),
    ("dee", "campaigner"),
    ("dee", "reader"),
    ("dee", "reviewer"),
]


@pytest.mark.own_database
def test_roles_are_moved_up_and_down(context: AppContext) -> None:
    downgrade(revision="0011")
    with transaction() as session:
        for name, roles in OLD.items():
            values = {"email": name, "key": name}
            session.execute(
                text(
                    "INSERT INTO users (email, active, fs_uniquifier) VALUES (:email, true, :key)"
                ),
                values,
            )
            for role in roles:
                session.execute(
                    text(
                        "INSERT INTO roles_users SELECT users.id, roles.id FROM users, roles"
                        " WHERE email = :email AND name = :role"
                    ),
                    {"email": name, "role": role},
                )
    before = read(OLD_ROLES)

    upgrade()
    today = read("SELECT email, role FROM users JOIN role_grants ON users.id = user_id")
    downgrade(revision="0011")

    assert today == NEW
    assert read(OLD_ROLES) == before


OLD_ROLES = (
    "SELECT email, name FROM users JOIN roles_users ON users.id = user_id"
    " JOIN roles ON roles.id = role_id"
)


def read(query: str) -> list[tuple[str, str]]:
    """Return who has which role."""
    with db.engine.connect() as connection:
        return sorted((email, role) for email, role in connection.execute(text(query)))
