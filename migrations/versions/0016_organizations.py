"""Organizations: states, public pages, applications, changes that wait; sharing of consents.

Organizations of before are approved. Going down keeps them, the approved and the others alike, and
drops applications and changes that wait.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
EMPTY_LIST = sa.text("'[]'")
CHANGES = "applied>approved applied>refused approved>suspended suspended>approved refused>approved"
STATE = (
    "state VARCHAR(9) DEFAULT 'approved' NOT NULL CONSTRAINT ck_organizations_state_known"
    " CHECK (state IN ('applied', 'approved', 'suspended', 'refused'))"
)
REACH = (
    "reach_km INTEGER CONSTRAINT ck_organizations_reach_km_sensible"
    " CHECK (reach_km BETWEEN 1 AND 500)"
)
SHARING = (
    "sharing VARCHAR(8) DEFAULT 'chosen' NOT NULL CONSTRAINT ck_campaigns_sharing_known"
    " CHECK (sharing IN ('chosen', 'own-link'))"
)
KINDS = "'invitation', 'reset', 'new-place', 'password', 'recovery', 'factor-reset'"
DECIDED_WHOLE = (
    "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)"
)
# Another owner, who can sign in.
NO_OTHER_OWNER = (
    "NOT EXISTS (SELECT 1 FROM role_grants AS other JOIN users ON users.id = other.user_id"
    " WHERE other.organization_id = OLD.organization_id AND other.role = 'owner'"
    " AND other.user_id <> OLD.user_id AND users.active)"
)
LAST_OWNER = "an organization keeps one owner at least"
KEEPS_OWNER = {
    "role_grants_keep_owner_at_delete": ("DELETE", "OLD.role = 'owner'", "OLD"),
    "role_grants_keep_owner_at_update": (
        "UPDATE",
        "OLD.role = 'owner' AND (NEW.role <> 'owner' OR NEW.user_id <> OLD.user_id"
        " OR NEW.organization_id <> OLD.organization_id)",
        "NEW",
    ),
}


def upgrade() -> None:
    _widen_organizations()
    op.execute(f"ALTER TABLE campaigns ADD COLUMN {SHARING}")
    _create_applications()
    _create_changes()
    with op.batch_alter_table("account_mails") as mails:
        mails.add_column(sa.Column("application_id", sa.Integer(), nullable=True))
        mails.drop_constraint(op.f("ck_account_mails_kind_known"), type_="check")
        mails.create_check_constraint(
            op.f("ck_account_mails_kind_known"), f"kind IN ({KINDS}, 'application')"
        )
        mails.create_check_constraint(
            op.f("ck_account_mails_application_named"),
            "(kind = 'application') = (application_id IS NOT NULL)",
        )
        mails.create_foreign_key(
            op.f("fk_account_mails_application_id"),
            "organization_applications",
            ["application_id"],
            ["id"],
        )
    rules = _load_rules()
    rules.create(_make_state_rule(rules))
    for name in KEEPS_OWNER:
        _keep_owner(name)


def downgrade() -> None:
    for name in KEEPS_OWNER:
        _drop(name, "role_grants")
    rules = _load_rules()
    rules.drop(_make_state_rule(rules))
    op.execute("DELETE FROM account_mails WHERE kind = 'application'")
    with op.batch_alter_table("account_mails") as mails:
        mails.drop_constraint(op.f("fk_account_mails_application_id"), type_="foreignkey")
        mails.drop_constraint(op.f("ck_account_mails_application_named"), type_="check")
        mails.drop_constraint(op.f("ck_account_mails_kind_known"), type_="check")
        mails.create_check_constraint(op.f("ck_account_mails_kind_known"), f"kind IN ({KINDS})")
        mails.drop_column("application_id")
    op.drop_table("organization_changes")
    op.drop_table("organization_applications")
    op.drop_column("campaigns", "sharing")
    for name in (
        "members",
        "reach_divisions",
        "reach_km",
        "contact_phone",
        "contact_email",
        "contact_name",
        "offering",
        "state",
    ):
        op.drop_column("organizations", name)


def _widen_organizations() -> None:
    op.execute(f"ALTER TABLE organizations ADD COLUMN {STATE}")
    for name in ("offering", "contact_name"):
        text = sa.Column(name, sa.String(), server_default="", nullable=False)
        op.add_column("organizations", text)
    op.add_column("organizations", sa.Column("contact_email", sa.String(length=254), nullable=True))
    op.add_column(
        "organizations",
        sa.Column("contact_phone", sa.String(length=40), server_default="", nullable=False),
    )
    op.execute(f"ALTER TABLE organizations ADD COLUMN {REACH}")
    for name in ("reach_divisions", "members"):
        listed = sa.Column(name, sa.JSON(), server_default=EMPTY_LIST, nullable=False)
        op.add_column("organizations", listed)


def _create_applications() -> None:
    table = "organization_applications"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("postal_code", sa.String(length=5), nullable=False),
        sa.Column("campaigns", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("proved_at", MOMENT, nullable=True),
        sa.Column("domain", sa.String(length=253), nullable=True),
        *_list_decision(),
        *_hold_decision(table),
        _check(table, "proved_is_listed", "(proved_at IS NULL) = (organization_id IS NULL)"),
        _check(table, "decided_once_proved", "decision IS NULL OR proved_at IS NOT NULL"),
        _check(
            table,
            "approved_on_proof",
            "decision <> 'approved' OR domain IS NOT NULL OR because <> ''",
        ),
        _refer(table, "organization_id", "organizations"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("organization_id", name=op.f(f"uq_{table}_organization_id")),
    )
    waiting = sa.text("proved_at IS NOT NULL AND decision IS NULL")
    op.create_index(
        f"ix_{table}_waiting",
        table,
        ["proved_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _create_changes() -> None:
    table = "organization_changes"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        *_list_decision(),
        *_hold_decision(table),
        _refer(table, "organization_id", "organizations"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    waiting = sa.text("decision IS NULL")
    op.create_index(
        f"uq_{table}_waiting",
        table,
        ["organization_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _list_decision() -> list[sa.Column]:
    return [
        sa.Column("decision", sa.String(length=8), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("because", sa.String(), server_default="", nullable=False),
    ]


def _hold_decision(table: str) -> list[sa.Constraint]:
    return [
        _check(table, "decision_known", "decision IN ('approved', 'refused')"),
        _check(table, "decided_whole", DECIDED_WHOLE),
        _check(table, "refused_because", "decision <> 'refused' OR because <> ''"),
    ]


def _make_state_rule(rules: Any) -> Any:
    # States: an organization's change only as listed.
    allowed = ", ".join(f"'{pair}'" for pair in CHANGES.split())
    return rules.Rule(
        "organizations_refuse_change",
        "UPDATE OF state",
        "organizations",
        "no such change of an organization",
        row=f"OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN ({allowed})",
    )


def _keep_owner(name: str) -> None:
    when, condition, kept = KEEPS_OWNER[name]
    head = f"CREATE TRIGGER {name} BEFORE {when} ON role_grants FOR EACH ROW WHEN ({condition})"
    if _is_sqlite():
        op.execute(f"{head} BEGIN SELECT RAISE(ABORT, '{LAST_OWNER}') WHERE {NO_OTHER_OWNER}; END")
        return
    # Of two owners who leave at once, the second looks after the first.
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM 1 FROM organizations WHERE id = OLD.organization_id FOR NO KEY UPDATE;"
        f" IF {NO_OTHER_OWNER} THEN RAISE EXCEPTION '{LAST_OWNER}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {kept}; END $$"
    )
    op.execute(f"{head} EXECUTE FUNCTION {name}()")


def _drop(name: str, table: str) -> None:
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION {name}()")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _refer(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
