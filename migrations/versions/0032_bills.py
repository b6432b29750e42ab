"""Bills as rows, with their jurisdiction and session, and what each is to a campaign.

- The three columns of campaigns become the bill that the letter is about, its subject.
- A bill is never changed. A subject with another number or title is another text_version, which the
  trigger of revision 0026 refuses once anyone has signed.
- Downgrading keeps the subjects; the bills beside them, jurisdictions and sessions are lost.

Plain DROP COLUMN: SQLite would otherwise make the table anew, which drops its triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MEND = "campaigns_refuse_mending_signed"
TEXT = "campaign_bills_text"
FIXED = "bills_refuse_change"
# What people read before they sign and campaigns hold, but for the bill.
COLUMNS = (
    "title",
    "letter",
    "opening",
    "closing",
    "topic",
    "language",
    "message",
    "layers",
    "recipients",
    "step",
)
BILL = ("bill_number", "bill_title", "bill_url")
SIGNED_WORDS = "what people have signed is not changed"
FIXED_WORDS = "bills are never changed"
HAS_SIGNERS = " OR ".join(
    f"EXISTS (SELECT 1 FROM signatures WHERE campaign_id = OLD.id AND ended_at IS {which})"
    for which in ("NULL", "NOT NULL")
)
SIGNED = HAS_SIGNERS.replace("OLD.id", "NEW.campaign_id")
UNNAMED = "OLD.state <> 'draft' AND NEW.text_version <= OLD.text_version"
RAISE = (
    "UPDATE campaigns SET text_version = text_version + 1"
    " WHERE id = {row}.campaign_id AND state <> 'draft'"
)
SAYS = (
    "EXISTS (SELECT 1 FROM bills WHERE id = {row}.bill_id"
    " AND (identifier IS NOT NULL OR title IS NOT NULL))"
)
SAYS_THE_SAME = (
    "EXISTS (SELECT 1 FROM bills AS before JOIN bills AS now"
    " ON coalesce(before.identifier, '') = coalesce(now.identifier, '')"
    " AND coalesce(before.title, '') = coalesce(now.title, '')"
    " WHERE before.id = OLD.bill_id AND now.id = NEW.bill_id)"
)
# By event, the row whose campaign gets another text, and when. Whoever adds a first subject to a
# text that nobody has signed raises the version themselves.
CHANGES = {
    "insert": (
        "INSERT",
        "NEW",
        f"NEW.relation = 'subject' AND {SAYS.format(row='NEW')} AND ({SIGNED})",
    ),
    "update": (
        "UPDATE OF campaign_id, bill_id, relation",
        "OLD",
        "(OLD.relation = 'subject' OR NEW.relation = 'subject')"
        " AND (OLD.relation <> NEW.relation OR OLD.campaign_id <> NEW.campaign_id"
        f" OR NOT {SAYS_THE_SAME})",
    ),
    "delete": ("DELETE", "OLD", f"OLD.relation = 'subject' AND {SAYS.format(row='OLD')}"),
}


def upgrade() -> None:
    _drop_trigger(MEND, "campaigns")
    op.create_table(
        "bills",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.String(), nullable=True),
        sa.Column("session", sa.String(), nullable=True),
        sa.Column("identifier", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.CheckConstraint(
            "identifier IS NOT NULL OR title IS NOT NULL OR url IS NOT NULL",
            name=op.f("ck_bills_told"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bills")),
    )
    op.create_index("ix_bills_identifier", "bills", ["identifier"])
    op.create_table(
        "campaign_bills",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("bill_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=9), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, server_default="0"),
        sa.CheckConstraint(
            "relation IN ('subject', 'companion', 'prior', 'replaces')",
            name=op.f("ck_campaign_bills_relation_known"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_bills_campaign_id")
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name=op.f("fk_campaign_bills_bill_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_bills")),
        sa.UniqueConstraint(
            "campaign_id",
            "bill_id",
            "relation",
            name=op.f("uq_campaign_bills_campaign_id_bill_id_relation"),
        ),
    )
    one = sa.text("relation = 'subject'")
    op.create_index(
        "uq_campaign_bills_one_subject",
        "campaign_bills",
        ["campaign_id"],
        unique=True,
        sqlite_where=one,
        postgresql_where=one,
    )
    _move_bills()
    for name in BILL:
        op.drop_column("campaigns", name)
    _hold_text(COLUMNS)
    for event in CHANGES:
        _raise_text_version(event)
    _refuse_change()


def downgrade() -> None:
    for event in CHANGES:
        _drop_rule(f"{TEXT}_{event}", "campaign_bills")
    _drop_rule(FIXED, "bills")
    _drop_trigger(MEND, "campaigns")
    for name in BILL:
        op.add_column("campaigns", sa.Column(name, sa.String(), nullable=True))
    for name, column in zip(BILL, ("identifier", "title", "url"), strict=True):
        op.execute(
            f"UPDATE campaigns SET {name} = (SELECT {column} FROM bills JOIN campaign_bills"
            " ON campaign_bills.bill_id = bills.id"
            " WHERE campaign_id = campaigns.id AND relation = 'subject')"
        )
    op.drop_table("campaign_bills")
    op.drop_table("bills")
    _hold_text((*COLUMNS, *BILL[:2]))


def _move_bills() -> None:
    """Make each campaign's three columns its subject; campaigns that say the same share a bill."""
    database = op.get_bind()
    made: dict[tuple[str | None, ...], int] = {}
    found = database.execute(
        sa.text(
            "SELECT id, nullif(bill_number, ''), nullif(bill_title, ''), nullif(bill_url, '')"
            " FROM campaigns ORDER BY id"
        )
    )
    for campaign_id, *told in found.all():
        if not any(told):
            continue
        if tuple(told) not in made:
            values = dict(zip(("identifier", "title", "url"), told, strict=True))
            made[tuple(told)] = database.scalar(
                sa.text(
                    "INSERT INTO bills (identifier, title, url)"
                    " VALUES (:identifier, :title, :url) RETURNING id"
                ),
                values,
            )
        database.execute(
            sa.text(
                "INSERT INTO campaign_bills (campaign_id, bill_id, relation)"
                " VALUES (:campaign_id, :bill_id, 'subject')"
            ),
            {"campaign_id": campaign_id, "bill_id": made[tuple(told)]},
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
    on = f"{name} AFTER {when} ON campaign_bills FOR EACH ROW"
    change = RAISE.format(row=row)
    if _is_sqlite():
        op.execute(f"CREATE TRIGGER {on} WHEN {condition} BEGIN {change}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        # Whoever is signing now holds the row by its foreign key, and is waited for.
        f" PERFORM 1 FROM campaigns WHERE id = {row}.campaign_id FOR UPDATE;"
        f" IF {condition} THEN {change}; END IF; RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER {on} EXECUTE FUNCTION {name}()")


def _refuse_change() -> None:
    if _is_sqlite():
        op.execute(
            f"CREATE TRIGGER {FIXED} BEFORE UPDATE ON bills FOR EACH ROW"
            f" BEGIN SELECT RAISE(ABORT, '{FIXED_WORDS}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {FIXED}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{FIXED_WORDS}' USING ERRCODE = 'integrity_constraint_violation';"
        " END $$"
    )
    op.execute(
        f"CREATE TRIGGER {FIXED} BEFORE UPDATE ON bills FOR EACH ROW EXECUTE FUNCTION {FIXED}()"
    )


def _drop_rule(name: str, table: str) -> None:
    _drop_trigger(name, table)
    if not _is_sqlite():
        op.execute(f"DROP FUNCTION {name}()")


def _drop_trigger(name: str, table: str) -> None:
    op.execute(f"DROP TRIGGER {name}" + ("" if _is_sqlite() else f" ON {table}"))


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
