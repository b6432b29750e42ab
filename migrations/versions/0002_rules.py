"""The rules that only a trigger can hold: what never changes, and which changes of state exist.

The pairs are written out here and not read from petition/models/states.py: a migration must do next
year what it does today. A test compares the two.
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
LETTER_COLUMNS = "milestone_id post_id sha256 pages size names addressee rendered_at".split()


def _changed(pairs: str) -> str:
    allowed = ", ".join(f"'{pair}'" for pair in pairs.split())
    return f"OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN ({allowed})"


def _rewritten() -> str:
    # JSON has no equality in PostgreSQL; its text has.
    return "OLD.superseded_at IS NOT NULL OR " + " OR ".join(
        f"CAST(OLD.{column} AS text) <> CAST(NEW.{column} AS text)" for column in LETTER_COLUMNS
    )


# (name, when, table, condition or None, what the error says)
RULES = (
    ("events_refuse_update", "UPDATE", "events", None, "the trail is append-only"),
    ("events_refuse_delete", "DELETE", "events", None, "the trail is append-only"),
    ("letters_refuse_update", "UPDATE", "letters", _rewritten(), "a letter never changes"),
    ("letters_refuse_delete", "DELETE", "letters", None, "a letter never changes"),
    (
        "signatures_refuse_change",
        "UPDATE OF state",
        "signatures",
        _changed(SIGNATURE_CHANGES),
        "no such change of a signature",
    ),
    (
        "deliveries_refuse_change",
        "UPDATE OF state",
        "deliveries",
        _changed(DELIVERY_CHANGES),
        "no such change of a delivery",
    ),
)
SEALED = (
    "SELECT 1 FROM milestones WHERE campaign_id = OLD.campaign_id "
    "AND district_id = OLD.district_id AND number = OLD.carried_by AND sealed_at IS NOT NULL"
)
MOVED = "OLD.carried_by IS NOT NULL AND (NEW.carried_by IS NULL OR NEW.carried_by <> OLD.carried_by)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, when, table, condition, words in RULES:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {when} ON {table} "
                + (f"WHEN {condition} " if condition else "")
                + f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
        op.execute(
            "CREATE TRIGGER ledger_refuse_resealing BEFORE UPDATE OF carried_by ON ledger "
            f"WHEN {MOVED} BEGIN "
            f"SELECT RAISE(ABORT, 'a sealed letter keeps its names') WHERE EXISTS ({SEALED}); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )
    for name, when, table, condition, words in RULES:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW "
            + (f"WHEN ({condition}) " if condition else "")
            + f"EXECUTE FUNCTION refuse('{words}')"
        )
    op.execute(
        "CREATE FUNCTION refuse_resealing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF EXISTS ({SEALED}) THEN RAISE EXCEPTION 'a sealed letter keeps its names' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_refuse_resealing BEFORE UPDATE OF carried_by ON ledger "
        f"FOR EACH ROW WHEN ({MOVED}) EXECUTE FUNCTION refuse_resealing()"
    )


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, _, table, _, _ in RULES:
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if postgresql else ""))
    op.execute("DROP TRIGGER ledger_refuse_resealing" + (" ON ledger" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION refuse_resealing()")
        op.execute("DROP FUNCTION refuse()")
