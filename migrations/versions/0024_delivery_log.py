"""What the delivery log is searched and counted by, kept by triggers, and saved views.

- ``delivery_index`` has a row for each delivery, ``delivery_counts`` a number for each campaign and
  state. ``0002``'s rules keep deliveries from being deleted, so no trigger removes any.
- PostgreSQL adds to a row of each transaction, which no other waits for; the sum is the number. On
  SQLite there is one writer, and one row.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
# The column that an index begins with; its rows follow by state and age.
SEARCHED = ("campaign_id", "district_id", "post_id", "channel")
SOUGHT = ("code", "domain", "acted_by")
COLUMNS = "id, campaign_id, district_id, post_id, channel, state, created_at, code"
# "given up: 550 at rcpt" has 550, "bounced: 5.1.1" has 5.1.1, "timeout at answer" none.
BARE = "replace(replace({reason}, 'given up: ', ''), 'bounced: ', '')"
CODE = {
    "sqlite": (
        "(CASE WHEN {bare} GLOB '[245][0-9][0-9]*' THEN substr({bare}, 1, 3)"
        " WHEN {bare} GLOB '[245].[0-9]*'"
        " THEN substr({bare}, 1, min(12, instr({bare} || ' ', ' ') - 1)) END)"
    ),
    "postgresql": (
        "(CASE WHEN {bare} ~ '^[245][0-9][0-9]' THEN left({bare}, 3)"
        " WHEN {bare} ~ '^[245][.][0-9]' THEN left(split_part({bare}, ' ', 1), 12) END)"
    ),
}
DOMAIN = {
    "sqlite": "lower(substr(NEW.recipient, instr(NEW.recipient, '@') + 1, 255))",
    "postgresql": "lower(left(split_part(NEW.recipient, '@', 2), 255))",
}
NAMED = "NEW.recipient IS NOT NULL AND NEW.recipient LIKE '%@%'"
BY_SOMEBODY = "NEW.subject = 'delivery' AND NEW.actor NOT IN ('system', 'signer', 'visitor')"
ADDED = "ON CONFLICT (campaign_id, state, part) DO UPDATE SET number = delivery_counts.number"
TRIGGERS = (
    ("deliveries_index_insert", "deliveries"),
    ("deliveries_index_update", "deliveries"),
    ("attempts_index_insert", "attempts"),
    ("attempts_index_update", "attempts"),
    ("events_index_insert", "events"),
)


def upgrade() -> None:
    _create_index_table()
    _create_counts()
    _create_views()
    _fill()
    if _is_sqlite():
        _create_sqlite_triggers()
    else:
        _create_postgresql_triggers()


def downgrade() -> None:
    for name, table in reversed(TRIGGERS):
        op.execute(f"DROP TRIGGER {name}" + ("" if _is_sqlite() else f" ON {table}"))
        if not _is_sqlite() and name != "attempts_index_update":
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("saved_views")
    op.drop_table("delivery_counts")
    op.drop_table("delivery_index")


def _create_index_table() -> None:
    op.create_table(
        "delivery_index",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=True),
        sa.Column("domain", sa.String(length=255), nullable=True),
        sa.Column("acted_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["deliveries.id"], name=op.f("fk_delivery_index_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_index")),
    )
    op.create_index("ix_delivery_index_state", "delivery_index", ["state", "created_at", "id"])
    for column in SEARCHED:
        op.create_index(
            f"ix_delivery_index_{column}", "delivery_index", [column, "state", "created_at", "id"]
        )
    for column in SOUGHT:
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_delivery_index_{column}",
            "delivery_index",
            [column, "state", "created_at", "id"],
            sqlite_where=there,
            postgresql_where=there,
        )


def _create_counts() -> None:
    op.create_table(
        "delivery_counts",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "state", "part", name=op.f("pk_delivery_counts")),
    )


def _create_views() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_saved_views_named")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_views_user_id_name")),
    )


def _fill() -> None:
    """Take in the deliveries that there are."""
    op.execute(
        f"INSERT INTO delivery_index ({COLUMNS}, domain, acted_by)"  # noqa: S608
        " SELECT d.id, m.campaign_id, m.district_id, d.post_id, d.channel, d.state, d.created_at,"
        f" {_code('d.reason')},"
        f" (SELECT {_domain().replace('NEW.', 'a.')} FROM attempts a WHERE a.delivery_id = d.id"
        f" AND {NAMED.replace('NEW.', 'a.')} ORDER BY a.number DESC LIMIT 1),"
        f" (SELECT e.actor FROM events e WHERE e.subject_id = d.id"
        f" AND {BY_SOMEBODY.replace('NEW.', 'e.')} ORDER BY e.id DESC LIMIT 1)"
        " FROM deliveries d JOIN milestones m ON m.id = d.milestone_id"
    )
    op.execute(
        "INSERT INTO delivery_counts (campaign_id, state, part, number)"
        " SELECT campaign_id, state, 0, count(*) FROM delivery_index GROUP BY campaign_id, state"
    )


def _create_sqlite_triggers() -> None:
    add = (
        "INSERT INTO delivery_counts (campaign_id, state, part, number)"
        " SELECT campaign_id, {row}.state, 0, {step} FROM delivery_index WHERE id = NEW.id"
        f" {ADDED} + excluded.number;"
    )
    op.execute(
        "CREATE TRIGGER deliveries_index_insert AFTER INSERT ON deliveries BEGIN"  # noqa: S608
        f" INSERT INTO delivery_index ({COLUMNS}) SELECT NEW.id, m.campaign_id, m.district_id,"
        f" NEW.post_id, NEW.channel, NEW.state, NEW.created_at, {_code('NEW.reason')}"
        f" FROM milestones m WHERE m.id = NEW.milestone_id; {add.format(row='NEW', step=1)} END"
    )
    op.execute(
        "CREATE TRIGGER deliveries_index_update AFTER UPDATE OF state, reason ON deliveries"  # noqa: S608
        " WHEN OLD.state <> NEW.state OR OLD.reason IS NOT NEW.reason BEGIN"
        " UPDATE delivery_index SET state = NEW.state,"
        f" code = coalesce({_code('NEW.reason')}, code) WHERE id = NEW.id;"
        f" {add.format(row='OLD', step=-1)} {add.format(row='NEW', step=1)} END"
    )
    for moment, when in (("insert", "INSERT"), ("update", "UPDATE OF recipient")):
        op.execute(
            f"CREATE TRIGGER attempts_index_{moment} AFTER {when} ON attempts WHEN {NAMED} BEGIN"  # noqa: S608
            f" UPDATE delivery_index SET domain = {_domain()} WHERE id = NEW.delivery_id; END"
        )
    op.execute(
        f"CREATE TRIGGER events_index_insert AFTER INSERT ON events WHEN {BY_SOMEBODY} BEGIN"  # noqa: S608
        " UPDATE delivery_index SET acted_by = NEW.actor WHERE id = NEW.subject_id; END"
    )


def _create_postgresql_triggers() -> None:
    _create_function(
        "deliveries_index_insert",
        f"INSERT INTO delivery_index ({COLUMNS}) SELECT a.id, m.campaign_id, m.district_id,"  # noqa: S608
        f" a.post_id, a.channel, a.state, a.created_at, {_code('a.reason')}"
        " FROM arrived a JOIN milestones m ON m.id = a.milestone_id;"
        " INSERT INTO delivery_counts (campaign_id, state, part, number)"
        " SELECT m.campaign_id, a.state, txid_current(), count(*)"
        " FROM arrived a JOIN milestones m ON m.id = a.milestone_id"
        f" GROUP BY m.campaign_id, a.state ORDER BY 1, 2 {ADDED} + EXCLUDED.number;",
    )
    op.execute(
        "CREATE TRIGGER deliveries_index_insert AFTER INSERT ON deliveries"
        " REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT"
        " EXECUTE FUNCTION deliveries_index_insert()"
    )
    changed = "became b JOIN was w ON w.id = b.id"
    _create_function(
        "deliveries_index_update",
        f"UPDATE delivery_index i SET state = b.state, code = coalesce({_code('b.reason')}, i.code)"  # noqa: S608
        f" FROM {changed} WHERE i.id = b.id"
        " AND (w.state <> b.state OR w.reason IS DISTINCT FROM b.reason);"
        " INSERT INTO delivery_counts (campaign_id, state, part, number)"
        " SELECT i.campaign_id, s.state, txid_current(), sum(s.step)"
        f" FROM {changed} CROSS JOIN LATERAL (VALUES (w.state, -1), (b.state, 1)) AS s (state, step)"
        " JOIN delivery_index i ON i.id = b.id WHERE w.state <> b.state"
        " GROUP BY i.campaign_id, s.state HAVING sum(s.step) <> 0 ORDER BY 1, 2"
        f" {ADDED} + EXCLUDED.number;",
    )
    op.execute(
        "CREATE TRIGGER deliveries_index_update AFTER UPDATE ON deliveries"
        " REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT"
        " EXECUTE FUNCTION deliveries_index_update()"
    )
    _create_function(
        "attempts_index_insert",
        f"UPDATE delivery_index SET domain = {_domain()} WHERE id = NEW.delivery_id;",  # noqa: S608
    )
    for moment, when in (("insert", "INSERT"), ("update", "UPDATE OF recipient")):
        op.execute(
            f"CREATE TRIGGER attempts_index_{moment} AFTER {when} ON attempts FOR EACH ROW"
            f" WHEN ({NAMED}) EXECUTE FUNCTION attempts_index_insert()"
        )
    _create_function(
        "events_index_insert",
        "UPDATE delivery_index SET acted_by = NEW.actor WHERE id = NEW.subject_id;",
    )
    op.execute(
        "CREATE TRIGGER events_index_insert AFTER INSERT ON events FOR EACH ROW"
        f" WHEN ({BY_SOMEBODY}) EXECUTE FUNCTION events_index_insert()"
    )


def _create_function(name: str, body: str) -> None:
    # Its plans are kept with the connection: of when the tables were empty, and yet by an index.
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off"
        f" AS $$ BEGIN {body} RETURN NULL; END $$"
    )


def _code(reason: str) -> str:
    return CODE[_name_dialect()].format(bare=BARE.format(reason=reason))


def _domain() -> str:
    return DOMAIN[_name_dialect()]


def _is_sqlite() -> bool:
    return _name_dialect() == "sqlite"


def _name_dialect() -> str:
    return str(op.get_bind().dialect.name)
