"""Rules of the ledger: on PostgreSQL one look at a statement's rows, not several at each row.

A foreign key or a trigger of rows asks one question for each row; a batch of counting writes 15,000
rows of 600 tallies and some hundred milestones. What it points at is never deleted and never gets
another key (the triggers below, and those of 0002), so nothing has to be locked while it is asked.
SQLite compiles its keys and triggers into the statement, so there they stay.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TALLY = "fk_ledger_campaign_id_district_id"
MILESTONE = "fk_ledger_campaign_id_district_id_carried_by"
SIGNATURE = "fk_ledger_signature_id"
# (name, columns, the table that it points at and its columns)
KEYS = (
    (TALLY, "campaign_id, district_id", "tallies (campaign_id, district_id)"),
    (
        MILESTONE,
        "campaign_id, district_id, carried_by",
        "milestones (campaign_id, district_id, number)",
    ),
    (SIGNATURE, "signature_id", "signatures (id)"),
)
# What was pointed at stays where it is. (name, table, columns that never change)
FIXED = (
    (
        "ledger_refuse_other_key",
        "ledger",
        ("campaign_id", "district_id", "ordinal", "signature_id"),
    ),
    ("tallies_refuse_other_key", "tallies", ("campaign_id", "district_id")),
    ("signatures_refuse_other_key", "signatures", ("id", "campaign_id")),
)
# These looked at each row; (name, when, condition) as 0002 has them.
OF_ROWS = (
    (
        "ledger_refuse_joining_sealed",
        "UPDATE OF carried_by",
        "NEW.carried_by IS NOT NULL AND coalesce(OLD.carried_by, 0) <> coalesce(NEW.carried_by, 0)",
    ),
    ("ledger_refuse_inserting_sealed", "INSERT", "NEW.carried_by IS NOT NULL"),
)
WORDS = "a sealed letter takes no more names"
# The milestone of each place that rows took; the LIMIT has each looked up by its key.
_PLACES = (
    "(SELECT DISTINCT campaign_id, district_id, carried_by FROM {rows} WHERE carried_by IS NOT NULL)"
    " AS p LEFT JOIN LATERAL (SELECT m.id, m.state, m.sealed_at, m.inherited FROM milestones m"
    " WHERE m.campaign_id = p.campaign_id AND m.district_id = p.district_id"
    " AND m.number = p.carried_by LIMIT 1) AS m ON true"
)
_CHANGED = (
    "(SELECT campaign_id, district_id, ordinal, carried_by FROM became WHERE carried_by IS NOT NULL"
    " EXCEPT SELECT campaign_id, district_id, ordinal, carried_by FROM was)"
)
NO_TALLY = (
    "SELECT 1 FROM (SELECT DISTINCT campaign_id, district_id FROM arrived) AS a"
    " WHERE (SELECT 1 FROM tallies t WHERE t.campaign_id = a.campaign_id"
    " AND t.district_id = a.district_id) IS NULL"
)
NO_SIGNATURE = (
    "SELECT 1 FROM (SELECT DISTINCT signature_id FROM arrived) AS a"
    " WHERE (SELECT 1 FROM signatures s WHERE s.id = a.signature_id) IS NULL"
)
# An inherited milestone has no letter, and who was named before comes back to where they were.
# Whom it names is asked of a sealed milestone only: in an OR the planner leaves it for last.
JOINS_JUDGED = (
    f"SELECT 1 FROM {_PLACES.format(rows='arrived')}"
    " WHERE (m.sealed_at IS NULL AND m.state <> 'reached')"
    " OR (m.sealed_at IS NOT NULL AND NOT m.inherited AND EXISTS (SELECT 1 FROM arrived a"
    " WHERE a.campaign_id = p.campaign_id AND a.district_id = p.district_id"
    " AND a.carried_by = p.carried_by AND NOT EXISTS (SELECT 1 FROM ledger l"
    " WHERE l.campaign_id = a.campaign_id AND l.district_id = a.district_id"
    " AND l.carried_by = a.carried_by AND l.signature_id = a.signature_id"
    " AND NOT EXISTS (SELECT 1 FROM arrived n WHERE n.campaign_id = l.campaign_id"
    " AND n.district_id = l.district_id AND n.ordinal = l.ordinal))))"
)
CHANGES_TO_JUDGED = (
    f"SELECT 1 FROM {_PLACES.format(rows=_CHANGED + ' AS changed')}"
    " WHERE m.sealed_at IS NOT NULL OR m.state <> 'reached'"
)
NO_MILESTONE = "SELECT 1 FROM {places} WHERE m.id IS NULL"


def upgrade() -> None:
    if _is_sqlite():
        return
    for trigger, table, columns in FIXED:
        changes = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in columns)
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE UPDATE OF {', '.join(columns)}"
            f" ON {table} FOR EACH ROW WHEN ({changes})"
            " EXECUTE FUNCTION refuse('what a row is about never changes')"
        )
    _make(
        "insert",
        "INSERT ON ledger REFERENCING NEW TABLE AS arrived",
        (NO_TALLY, TALLY),
        (NO_SIGNATURE, SIGNATURE),
        (NO_MILESTONE.format(places=_PLACES.format(rows="arrived")), MILESTONE),
        (JOINS_JUDGED, None),
    )
    _make(
        "update",
        "UPDATE ON ledger REFERENCING OLD TABLE AS was NEW TABLE AS became",
        (
            NO_MILESTONE.format(places=_PLACES.format(rows=_CHANGED + " AS changed")),
            MILESTONE,
        ),
        (CHANGES_TO_JUDGED, None),
    )
    for name, _, _ in OF_ROWS:
        op.execute(f"DROP TRIGGER {name} ON ledger")
    for name, _, _ in KEYS:
        op.execute(f"ALTER TABLE ledger DROP CONSTRAINT {name}")


def downgrade() -> None:
    if _is_sqlite():
        return
    for name, columns, there in KEYS:
        op.execute(
            f"ALTER TABLE ledger ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {there}"
        )
    for name, when, condition in OF_ROWS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON ledger FOR EACH ROW WHEN ({condition})"
            f" EXECUTE FUNCTION {name}_where('{WORDS}')"
        )
    for moment in ("insert", "update"):
        op.execute(f"DROP TRIGGER ledger_keep_rules_at_{moment} ON ledger")
        op.execute(f"DROP FUNCTION ledger_keep_rules_at_{moment}()")
    for trigger, table, _ in FIXED:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")


def _make(moment: str, on: str, *rules: tuple[str, str | None]) -> None:
    """Make the trigger that finds nothing by each query; ``rules``: the key that each stands for."""
    name = f"ledger_keep_rules_at_{moment}"
    body = "".join(
        f" IF EXISTS ({found}) THEN {_raise(moment, key)} END IF;" for found, key in rules
    )
    # Its plans are kept with the connection: of when the tables were empty, and yet by an index.
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off"
        f" AS $$ BEGIN{body} RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} AFTER {on} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")


def _raise(moment: str, key: str | None) -> str:
    if key is None:
        return f"RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation';"
    return (
        f"RAISE EXCEPTION '{moment} of ledger breaks {key}'"
        f" USING ERRCODE = 'foreign_key_violation', TABLE = 'ledger', CONSTRAINT = '{key}';"
    )


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
