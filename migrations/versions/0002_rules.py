"""The rules that only a trigger can hold: what never changes, and which changes of state exist.

The pairs are written out here and not read from petition/models/states.py: a migration must do next
year what it does today. tests/models/test_rules.py compares the two.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SIGNATURE_CHANGES = (
    "pending>confirmed pending>withdrawn pending>rejected pending>expired pending>erased "
    "confirmed>located confirmed>review confirmed>withdrawn confirmed>rejected confirmed>erased "
    "located>counted located>confirmed located>review located>withdrawn located>rejected "
    "located>erased review>confirmed review>located review>withdrawn review>rejected review>erased "
    "counted>withdrawn counted>rejected counted>erased "
    "withdrawn>erased rejected>erased expired>erased"
)
DELIVERY_CHANGES = (
    "queued>rendered queued>held queued>cancelled "
    "rendered>sending rendered>queued rendered>held rendered>cancelled "
    "sending>accepted sending>retry_wait sending>failed sending>unknown "
    "accepted>delivered accepted>bounced retry_wait>sending retry_wait>cancelled "
    "failed>retry_wait failed>cancelled bounced>retry_wait bounced>cancelled "
    "unknown>accepted unknown>retry_wait unknown>cancelled held>queued held>cancelled"
)


def _state_changed(pairs: str) -> str:
    allowed = ", ".join(f"'{pair}'" for pair in pairs.split())
    return f"OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN ({allowed})"


def _differs(columns: str) -> str:
    # JSON has no equality in PostgreSQL; its text has.
    return " OR ".join(
        f"CAST(OLD.{column} AS text) <> CAST(NEW.{column} AS text)" for column in columns.split()
    )


def _sealed(row: str) -> str:
    return (
        f"SELECT 1 FROM milestones m WHERE m.campaign_id = {row}.campaign_id "
        f"AND m.district_id = {row}.district_id AND m.number = {row}.carried_by "
        "AND m.sealed_at IS NOT NULL"
    )


CARRIED_ELSEWHERE = "coalesce(OLD.carried_by, 0) <> coalesce(NEW.carried_by, 0)"
ALWAYS = "1 = 1"

# (name, when, table, condition, a query that must find nothing, what the error says)
RULES = (
    ("events_refuse_update", "UPDATE", "events", ALWAYS, None, "the trail is append-only"),
    ("events_refuse_delete", "DELETE", "events", ALWAYS, None, "the trail is append-only"),
    (
        "letters_refuse_update",
        "UPDATE",
        "letters",
        "OLD.superseded_at IS NOT NULL OR "
        + _differs("milestone_id post_id sha256 pages size names addressee rendered_at"),
        None,
        "a letter never changes",
    ),
    (
        "letters_refuse_supersede",
        "UPDATE OF superseded_at",
        "letters",
        "NEW.superseded_at IS NOT NULL",
        "SELECT 1 FROM deliveries d WHERE d.letter_id = OLD.id AND d.attempt > 0",
        "a letter that was tried is never replaced",
    ),
    ("letters_refuse_delete", "DELETE", "letters", ALWAYS, None, "a letter never changes"),
    (
        "signatures_refuse_change",
        "UPDATE OF state",
        "signatures",
        _state_changed(SIGNATURE_CHANGES),
        None,
        "no such change of a signature",
    ),
    (
        "deliveries_refuse_change",
        "UPDATE OF state",
        "deliveries",
        _state_changed(DELIVERY_CHANGES),
        None,
        "no such change of a delivery",
    ),
    (
        "deliveries_refuse_rewrite",
        "UPDATE",
        "deliveries",
        _differs("milestone_id post_id channel message_id") + " OR NEW.attempt < OLD.attempt",
        None,
        "a delivery keeps its letter, post, channel and message id",
    ),
    (
        "deliveries_refuse_other_letter",
        "UPDATE OF letter_id",
        "deliveries",
        "OLD.attempt > 0 AND coalesce(OLD.letter_id, 0) <> coalesce(NEW.letter_id, 0)",
        None,
        "from the first attempt on the letter stays the same",
    ),
    ("deliveries_refuse_delete", "DELETE", "deliveries", ALWAYS, None, "a delivery is never lost"),
    (
        "milestones_refuse_update",
        "UPDATE",
        "milestones",
        _differs("campaign_id district_id number threshold code reached_at")
        + " OR (OLD.sealed_at IS NOT NULL AND "
        "(NEW.sealed_at IS NULL OR NEW.sealed_at <> OLD.sealed_at))",
        None,
        "a milestone never changes",
    ),
    ("milestones_refuse_delete", "DELETE", "milestones", ALWAYS, None, "a milestone never changes"),
    ("tallies_refuse_delete", "DELETE", "tallies", ALWAYS, None, "a count is never dropped"),
    (
        "tallies_refuse_going_back",
        "UPDATE OF reached",
        "tallies",
        "OLD.reached IS NOT NULL AND (NEW.reached IS NULL OR NEW.reached < OLD.reached)",
        None,
        "what was reached stays reached",
    ),
    ("ledger_refuse_delete", "DELETE", "ledger", ALWAYS, None, "the ledger is never dropped"),
    (
        "ledger_refuse_coming_back",
        "UPDATE OF left_at",
        "ledger",
        "OLD.left_at IS NOT NULL AND (NEW.left_at IS NULL OR NEW.left_at <> OLD.left_at)",
        None,
        "who left has left",
    ),
    (
        "ledger_refuse_inserting_sealed",
        "INSERT",
        "ledger",
        "NEW.carried_by IS NOT NULL",
        _sealed("NEW"),
        "a sealed letter takes no more names",
    ),
    ("attempts_refuse_delete", "DELETE", "attempts", ALWAYS, None, "an attempt is never lost"),
    (
        "signatures_refuse_delete",
        "DELETE",
        "signatures",
        ALWAYS,
        None,
        "a signature is erased, never deleted",
    ),
    (
        "ledger_refuse_leaving_sealed",
        "UPDATE OF carried_by",
        "ledger",
        f"OLD.carried_by IS NOT NULL AND {CARRIED_ELSEWHERE}",
        _sealed("OLD"),
        "a sealed letter keeps its names",
    ),
    (
        "ledger_refuse_joining_sealed",
        "UPDATE OF carried_by",
        "ledger",
        f"NEW.carried_by IS NOT NULL AND {CARRIED_ELSEWHERE}",
        _sealed("NEW"),
        "a sealed letter takes no more names",
    ),
)
# A TRUNCATE fires no row's trigger.
KEPT = (
    "events",
    "letters",
    "deliveries",
    "attempts",
    "milestones",
    "tallies",
    "ledger",
    "signatures",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, when, table, condition, found, words in RULES:
            where = f" WHERE EXISTS ({found})" if found else ""
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {when} ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{words}'){where}; END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )
    for name, when, table, condition, found, words in RULES:
        function = "refuse"
        if found:
            function = f"{name}_where"
            op.execute(
                f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF EXISTS ({found}) THEN RAISE EXCEPTION '%', TG_ARGV[0] "
                "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
            )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW "
            f"WHEN ({condition}) EXECUTE FUNCTION {function}('{words}')"
        )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse('this table is never emptied')"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, *_ in RULES:
            op.execute(f"DROP TRIGGER {name}")
        return
    for table in KEPT:
        op.execute(f"DROP TRIGGER {table}_refuse_truncate ON {table}")
    for name, _, table, _, found, _ in RULES:
        op.execute(f"DROP TRIGGER {name} ON {table}")
        if found:
            op.execute(f"DROP FUNCTION {name}_where()")
    op.execute("DROP FUNCTION refuse()")
