"""Who sends a campaign's letter and who carries it: organizations of a campaign, by their role.

- ``campaigns.organization``, a text, becomes an owner; ``campaign_partners`` become partners. An
  owner leads to the organization that is called exactly so, where there is one.
- The owners' names are part of what people sign: a change of them makes another text_version, which
  the trigger of revision 0026 refuses once anyone has signed.

Plain DROP COLUMN: SQLite would otherwise make the table anew, which drops its triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

MEND = "campaigns_refuse_mending_signed"
TEXT = "campaign_organizations_text"
# What people read before they sign and campaigns hold, but for the organization.
COLUMNS = (
    "title",
    "letter",
    "opening",
    "closing",
    "topic",
    "language",
    "message",
    "bill_number",
    "bill_title",
    "layers",
    "recipients",
    "step",
)
SIGNED_WORDS = "what people have signed is not changed"
HAS_SIGNERS = " OR ".join(
    f"EXISTS (SELECT 1 FROM signatures WHERE campaign_id = OLD.id AND ended_at IS {which})"
    for which in ("NULL", "NOT NULL")
)
UNNAMED = "OLD.state <> 'draft' AND NEW.text_version <= OLD.text_version"
RAISE = (
    "UPDATE campaigns SET text_version = text_version + 1"
    " WHERE id = {row}.campaign_id AND state <> 'draft'"
)
# By event, the row whose campaign gets another text, and when. The first owner is no change.
CHANGES = {
    "insert": (
        "INSERT",
        "NEW",
        "NEW.role = 'owner' AND EXISTS (SELECT 1 FROM campaign_organizations AS other"
        " WHERE other.campaign_id = NEW.campaign_id AND other.role = 'owner'"
        " AND other.id <> NEW.id)",
    ),
    "update": (
        "UPDATE OF campaign_id, role, name, position",
        "OLD",
        "OLD.role = 'owner' AND (NEW.role <> 'owner' OR NEW.name <> OLD.name"
        " OR NEW.position <> OLD.position OR NEW.campaign_id <> OLD.campaign_id)",
    ),
    "delete": ("DELETE", "OLD", "OLD.role = 'owner'"),
}


def upgrade() -> None:
    _drop_trigger(MEND, "campaigns")
    op.create_table(
        "campaign_organizations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=7), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "role IN ('owner', 'partner')", name=op.f("ck_campaign_organizations_role_known")
        ),
        sa.CheckConstraint(
            "(role = 'owner') = (name IS NOT NULL)",
            name=op.f("ck_campaign_organizations_owner_named"),
        ),
        sa.CheckConstraint(
            "role = 'owner' OR organization_id IS NOT NULL",
            name=op.f("ck_campaign_organizations_partner_listed"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_organizations_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_campaign_organizations_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_organizations")),
        sa.UniqueConstraint(
            "campaign_id",
            "organization_id",
            "role",
            name=op.f("uq_campaign_organizations_campaign_id_organization_id_role"),
        ),
        sa.UniqueConstraint(
            "campaign_id", "name", name=op.f("uq_campaign_organizations_campaign_id_name")
        ),
    )
    op.execute(
        "INSERT INTO campaign_organizations (campaign_id, organization_id, role, position, name)"
        " SELECT id, (SELECT min(organizations.id) FROM organizations"
        " WHERE organizations.name = campaigns.organization), 'owner', 0, organization"
        " FROM campaigns ORDER BY id"
    )
    op.execute(
        "INSERT INTO campaign_organizations (campaign_id, organization_id, role, position)"
        " SELECT campaign_id, organization_id, 'partner', position FROM campaign_partners"
        " ORDER BY campaign_id, position"
    )
    op.drop_table("campaign_partners")
    op.drop_column("campaigns", "organization")
    _hold_text(COLUMNS)
    for event in CHANGES:
        _raise_text_version(event)


def downgrade() -> None:
    for event in CHANGES:
        _drop_trigger(f"{TEXT}_{event}", "campaign_organizations")
        if not _is_sqlite():
            op.execute(f"DROP FUNCTION {TEXT}_{event}()")
    _drop_trigger(MEND, "campaigns")
    op.add_column(
        "campaigns", sa.Column("organization", sa.String(), nullable=False, server_default="")
    )
    _join_names()
    op.create_table(
        "campaign_partners",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_partners_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_campaign_partners_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "organization_id", name=op.f("pk_campaign_partners")
        ),
    )
    op.execute(
        "INSERT INTO campaign_partners (campaign_id, organization_id, position)"
        " SELECT campaign_id, organization_id, position FROM campaign_organizations"
        " WHERE role = 'partner'"
    )
    op.drop_table("campaign_organizations")
    _hold_text((*COLUMNS, "organization"))


def _join_names() -> None:
    """Put the owners of each campaign into one text, as pages and letters say them."""
    database = op.get_bind()
    owners = database.execute(
        sa.text(
            "SELECT campaign_id, name FROM campaign_organizations WHERE role = 'owner'"
            " ORDER BY campaign_id, position"
        )
    )
    names: dict[int, list[str]] = {}
    for campaign_id, name in owners:
        names.setdefault(campaign_id, []).append(name)
    for campaign_id, found in names.items():
        database.execute(
            sa.text("UPDATE campaigns SET organization = :name WHERE id = :id"),
            {"name": " & ".join(found), "id": campaign_id},
        )


def _hold_text(columns: tuple[str, ...]) -> None:
    """Make the trigger of revision 0026 again, for these columns; its function stays."""
    of = f"BEFORE UPDATE OF text_version, {', '.join(columns)} ON campaigns FOR EACH ROW"
    if _is_sqlite():
        other = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in columns)
        op.execute(
            f"CREATE TRIGGER {MEND} {of} WHEN ({other} OR NEW.text_version <> OLD.text_version)"
            f" AND ({HAS_SIGNERS} OR {UNNAMED}) BEGIN SELECT RAISE(ABORT, '{SIGNED_WORDS}'); END"
        )
        return
    other = " OR ".join(
        f"NEW.{name}::text IS DISTINCT FROM OLD.{name}::text" for name in (*columns, "text_version")
    )
    op.execute(f"CREATE TRIGGER {MEND} {of} WHEN ({other}) EXECUTE FUNCTION {MEND}()")


def _raise_text_version(event: str) -> None:
    name = f"{TEXT}_{event}"
    when, row, condition = CHANGES[event]
    on = f"{name} AFTER {when} ON campaign_organizations FOR EACH ROW"
    change = RAISE.format(row=row)
    if _is_sqlite():
        op.execute(f"CREATE TRIGGER {on} WHEN {condition} BEGIN {change}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {condition} THEN {change}; END IF; RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER {on} EXECUTE FUNCTION {name}()")


def _drop_trigger(name: str, table: str) -> None:
    op.execute(f"DROP TRIGGER {name}" + ("" if _is_sqlite() else f" ON {table}"))


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
