"""The versions of each campaign's definition, the one in force, and the draft of the next.

A campaign from before gets its first versions with its next change: as it was, and as it is then.
Going down drops the versions and the drafts.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
# The columns of campaigns that a definition has; others belong to its life.
DEFINED = (
    "slug title step layers recipients language summary opening letter closing topic position ask"
    " deadline contact message issues video_url video_title accent logo recent_shown embed_origins"
    " sharing guards successor organization_address organization_email confirm_email comments"
    " comment_wait confirm_after_close opens_at closes_at"
).split()
# Owners are part of it; partners are not.
OWNER = "role = 'owner'"
OWN = "SELECT 1 FROM campaign_versions WHERE id = NEW.version_id AND campaign_id = NEW.campaign_id"
LISTS = {
    "campaign_organizations": ("campaign_id, role, name, position", f"{{row}}.{OWNER}"),
    "campaign_bills": ("campaign_id, bill_id, relation, position", ""),
}


def upgrade() -> None:
    _make_tables()
    for rule in _list_rules():
        _load_rules().create(rule)
    differs = " OR ".join(
        f"CAST(OLD.{name} AS text) IS DISTINCT FROM CAST(NEW.{name} AS text)" for name in DEFINED
    )
    _need_version("campaigns", f"UPDATE OF {', '.join(DEFINED)}", "NEW.id", differs)
    for table, (columns, condition) in LISTS.items():
        for moment, row in (("INSERT", "NEW"), (f"UPDATE OF {columns}", "OLD"), ("DELETE", "OLD")):
            when = condition.format(row=row)
            if moment.startswith("UPDATE") and condition:
                when = f"{when} OR {condition.format(row='NEW')}"
            _need_version(table, moment, f"{row}.campaign_id", when)


def downgrade() -> None:
    for table in LISTS:
        for moment in ("insert", "update", "delete"):
            _drop(f"{table}_need_version_{moment}", table)
    _drop("campaigns_need_version", "campaigns")
    for rule in _list_rules():
        _load_rules().drop(rule)
    op.drop_table("campaign_drafts")
    op.drop_table("campaign_heads")
    op.drop_table("campaign_versions")


def _make_tables() -> None:
    op.create_table(
        "campaign_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=300), server_default="", nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        *_count("campaign_versions", "number", 1),
    )
    op.create_table(
        "campaign_heads",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        _refer("campaign_heads"),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["campaign_versions.id"],
            name=op.f("fk_campaign_heads_version_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_heads")),
    )
    op.create_table(
        "campaign_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        sa.CheckConstraint("base >= 0", name=op.f("ck_campaign_drafts_base_counted")),
        *_count("campaign_drafts", "revision", 1),
    )


def _count(table: str, column: str, least: int) -> tuple[Any, ...]:
    return (
        sa.CheckConstraint(f"{column} >= {least}", name=op.f(f"ck_{table}_{column}_counted")),
        _refer(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("campaign_id", column, name=op.f(f"uq_{table}_campaign_id_{column}")),
    )


def _refer(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["campaign_id"], ["campaigns.id"], name=op.f(f"fk_{table}_campaign_id")
    )


def _list_rules() -> list[Any]:
    rule = _load_rules().Rule
    # 9, what people sign is frozen: who changed what, and when, is kept as it was.
    return [
        rule(
            "campaign_versions_refuse_change",
            "UPDATE",
            "campaign_versions",
            "a version is never changed",
        ),
        rule(
            "campaign_versions_refuse_delete",
            "DELETE",
            "campaign_versions",
            "a version is never deleted",
        ),
        rule(
            "campaign_heads_refuse_delete",
            "DELETE",
            "campaign_heads",
            "a campaign keeps its versions",
        ),
        rule(
            "campaign_heads_refuse_older",
            "UPDATE",
            "campaign_heads",
            "another version is a newer one of the same campaign",
            row="NEW.campaign_id <> OLD.campaign_id OR NEW.version_id <> OLD.version_id",
            found="NEW.campaign_id <> OLD.campaign_id OR (NEW.version_id <> -abs(OLD.version_id)"
            f" AND NOT EXISTS ({OWN} AND id > abs(OLD.version_id)))",
        ),
        rule(
            "campaign_heads_refuse_others",
            "INSERT",
            "campaign_heads",
            "the version of a campaign is its own",
            found=f"NOT EXISTS ({OWN})",
        ),
    ]


def _need_version(table: str, moment: str, campaign: str, condition: str) -> None:
    """Make a change of a table leave its campaign without a version, until there is another."""
    name = f"{table}_need_version"
    if table != "campaigns":
        name += f"_{moment.split()[0].lower()}"
    head = f"CREATE TRIGGER {name} AFTER {moment} ON {table} FOR EACH ROW"
    if condition:
        head += f" WHEN ({condition})"
    ending = (
        f"UPDATE campaign_heads SET version_id = -version_id WHERE campaign_id = {campaign}"
        " AND version_id > 0"
    )
    if _is_sqlite():
        # Before version 3.39 SQLite has other words for it.
        op.execute(f"{head.replace('IS DISTINCT FROM', 'IS NOT')} BEGIN {ending}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" {ending}; RETURN NULL; END $$"
    )
    op.execute(f"{head} EXECUTE FUNCTION {name}()")


def _drop(name: str, table: str) -> None:
    op.execute(f"DROP TRIGGER {name}" + ("" if _is_sqlite() else f" ON {table}"))
    if not _is_sqlite():
        op.execute(f"DROP FUNCTION {name}()")


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
