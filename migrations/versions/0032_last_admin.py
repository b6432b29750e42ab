"""The last admin stays: whoever can sign in and is admin of the whole service, one at least.

A service without an admin stays as it is: it gets its first one on the command line.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ADMIN = "role = 'admin' AND campaign_id IS NULL"
# Of admins who remove each other at once, the second looks after the first (PostgreSQL).
ADMINS_LOCK = 105
LAST_ADMIN = "the service keeps one admin at least"


def _no_other(user_id: str) -> str:
    """Return the condition that no other account is admin and can sign in."""
    return (
        "NOT EXISTS (SELECT 1 FROM role_grants AS other JOIN users ON users.id = other.user_id"
        f" WHERE other.role = 'admin' AND other.campaign_id IS NULL AND other.user_id <> {user_id}"
        " AND users.active)"
    )


_WAS_ADMIN = "OLD.role = 'admin' AND OLD.campaign_id IS NULL"
_COULD_SIGN_IN = "EXISTS (SELECT 1 FROM users WHERE users.id = OLD.user_id AND users.active)"
# Name: table, when, the changed row's condition, what else must hold, what the function returns.
KEEPS_ADMIN = {
    "role_grants_keep_admin_at_delete": (
        "role_grants",
        "DELETE",
        _WAS_ADMIN,
        f"{_COULD_SIGN_IN} AND {_no_other('OLD.user_id')}",
        "OLD",
    ),
    "role_grants_keep_admin_at_update": (
        "role_grants",
        "UPDATE",
        f"{_WAS_ADMIN} AND (NEW.role <> 'admin' OR NEW.campaign_id IS NOT NULL"
        " OR NEW.user_id <> OLD.user_id)",
        f"{_COULD_SIGN_IN} AND {_no_other('OLD.user_id')}",
        "NEW",
    ),
    "users_keep_admin_at_update": (
        "users",
        "UPDATE",
        "OLD.active AND NOT NEW.active",
        f"EXISTS (SELECT 1 FROM role_grants WHERE user_id = OLD.id AND {ADMIN})"
        f" AND {_no_other('OLD.id')}",
        "NEW",
    ),
}


def upgrade() -> None:
    for name in KEEPS_ADMIN:
        _keep_admin(name)


def downgrade() -> None:
    for name, (table, *_) in KEEPS_ADMIN.items():
        if _is_sqlite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")


def _keep_admin(name: str) -> None:
    table, when, row, condition, kept = KEEPS_ADMIN[name]
    head = f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW WHEN ({row})"
    if _is_sqlite():
        op.execute(f"{head} BEGIN SELECT RAISE(ABORT, '{LAST_ADMIN}') WHERE {condition}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" PERFORM pg_advisory_xact_lock({ADMINS_LOCK});"
        f" IF {condition} THEN RAISE EXCEPTION '{LAST_ADMIN}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {kept}; END $$"
    )
    op.execute(f"{head} EXECUTE FUNCTION {name}()")


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
