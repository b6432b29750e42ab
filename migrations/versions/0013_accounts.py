"""Accounts: roles with scopes, invitations, second factors, sessions, and e-mails to accounts.

The roles of before become those of today: an operator is a campaigner and a reviewer, a viewer is a
reader. Going down keeps the accounts of staff, and drops the roles in organizations.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

IDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STAFF = "'admin', 'campaigner', 'reviewer', 'reader'"
GROUP = "'owner', 'organizer', 'viewer'"
KNOWN = f"role IN ({STAFF}, {GROUP})"
SCOPE_FITS = (
    f"(role IN ({STAFF}) AND organization_id IS NULL)"
    f" OR (role IN ({GROUP}) AND organization_id IS NOT NULL AND campaign_id IS NULL)"
)
PORTALS = "portal IN ('staff', 'partner')"
MAILS = "kind IN ('invitation', 'reset', 'new-place', 'password', 'recovery', 'factor-reset')"
# Which roles of today each role of before becomes, and the other way round.
BECOMES = (
    ("admin", "admin"),
    ("operator", "campaigner"),
    ("operator", "reviewer"),
    ("viewer", "reader"),
)


def upgrade() -> None:
    _create_grants()
    _create_invitations()
    _create_second_factors()
    _create_sessions()
    _create_mails()
    for old, new in BECOMES:
        op.execute(
            sa.text(
                "INSERT INTO role_grants (user_id, role, granted_at, granted_by)"
                " SELECT held.user_id, :new, :now, 'system' FROM roles_users AS held"
                " JOIN roles ON roles.id = held.role_id WHERE roles.name = :old"
            ).bindparams(
                sa.bindparam("now", _now(), type_=MOMENT),
                sa.bindparam("new", new, type_=sa.String()),
                old=old,
            )
        )
    op.drop_table("roles_users")
    op.drop_table("roles")


def downgrade() -> None:
    op.create_table(
        "roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
    )
    op.create_table(
        "roles_users",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_roles_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_roles_users_user_id")),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_roles_users_role_id")),
    )
    op.execute("INSERT INTO roles (name) VALUES ('viewer'), ('operator'), ('admin')")
    for old in ("admin", "operator", "viewer"):
        names = ", ".join(f"'{new}'" for before, new in BECOMES if before == old)
        op.execute(
            "INSERT INTO roles_users (user_id, role_id)"
            f" SELECT DISTINCT held.user_id, roles.id FROM role_grants AS held"
            f" JOIN roles ON roles.name = '{old}'"
            f" WHERE held.role IN ({names}) AND held.campaign_id IS NULL"
        )
    for table in (
        "account_mails",
        "account_places",
        "account_sessions",
        "recovery_codes",
        "second_factors",
        "invitations",
        "role_grants",
    ):
        op.drop_table(table)


def _create_grants() -> None:
    op.create_table(
        "role_grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        *_scope(),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("granted_by", sa.String(length=40), nullable=False),
        *_hold_scope("role_grants"),
        _refer("role_grants", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grants")),
    )
    for name, columns, where in (
        ("service", [], "campaign_id IS NULL AND organization_id IS NULL"),
        ("campaign", ["campaign_id"], "campaign_id IS NOT NULL"),
        ("organization", ["organization_id"], "organization_id IS NOT NULL"),
    ):
        op.create_index(
            f"uq_role_grants_{name}",
            "role_grants",
            ["user_id", "role", *columns],
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.create_index("ix_role_grants_organization_id", "role_grants", ["organization_id"])


def _create_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        *_scope(),
        sa.Column("secret", sa.LargeBinary(length=16), nullable=False),
        sa.Column("invited_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("called_back_at", MOMENT, nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        *_hold_scope("invitations"),
        _check("invitations", "ended_once", "accepted_at IS NULL OR called_back_at IS NULL"),
        _check("invitations", "accepted_by_one", "(accepted_at IS NULL) = (user_id IS NULL)"),
        _refer("invitations", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index("ix_invitations_email", "invitations", ["email"])


def _create_second_factors() -> None:
    op.create_table(
        "second_factors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(length=16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("last_step", IDS, nullable=True),
        _check(
            "second_factors",
            "used_is_confirmed",
            "last_step IS NULL OR confirmed_at IS NOT NULL",
        ),
        _refer("second_factors", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factors")),
    )
    for name, where in (("in_force", "confirmed_at IS NOT NULL"), ("new", "confirmed_at IS NULL")):
        op.create_index(
            f"uq_second_factors_{name}",
            "second_factors",
            ["user_id"],
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        _refer("recovery_codes", "user_id", "users"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])


def _create_sessions() -> None:
    op.create_table(
        "account_sessions",
        sa.Column("id", IDS, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("portal", sa.String(length=7), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("proved_at", MOMENT, nullable=False),
        _check("account_sessions", "portal_known", PORTALS),
        _refer("account_sessions", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_account_sessions_digest")),
    )
    op.create_index("ix_account_sessions_user_id", "account_sessions", ["user_id"])
    op.create_index("ix_account_sessions_seen_at", "account_sessions", ["seen_at"])
    op.create_table(
        "account_places",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("network", sa.LargeBinary(length=32), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        _refer("account_places", "user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", "network", name=op.f("pk_account_places")),
    )
    op.create_index("ix_account_places_seen_at", "account_places", ["seen_at"])


def _create_mails() -> None:
    op.create_table(
        "account_mails",
        sa.Column("id", IDS, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("portal", sa.String(length=7), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=16), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("spent_at", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        _check("account_mails", "kind_known", MAILS),
        _check("account_mails", "portal_known", PORTALS),
        _check(
            "account_mails",
            "invitation_named",
            "(kind = 'invitation') = (invitation_id IS NOT NULL)",
        ),
        _check("account_mails", "reset_has_secret", "(kind = 'reset') = (secret IS NOT NULL)"),
        _refer("account_mails", "user_id", "users"),
        _refer("account_mails", "invitation_id", "invitations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_mails")),
    )
    op.create_index(
        "ix_account_mails_due",
        "account_mails",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )


def _scope() -> list[sa.Column]:
    return [
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=True),
    ]


def _hold_scope(table: str) -> list[sa.Constraint]:
    return [
        _check(table, "role_known", KNOWN),
        _check(table, "scope_fits", SCOPE_FITS),
        _refer(table, "campaign_id", "campaigns"),
        _refer(table, "organization_id", "organizations"),
    ]


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _refer(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _now() -> datetime:
    return datetime.now(UTC)
