"""No event has an id of 0 or less: the chain begins at 1, and would never contain it."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

NAME = "events_refuse_low_id"
WORDS = "the id of an event is above 0"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # Before the insert SQLite does not know the id that it gives.
        op.execute(
            f"CREATE TRIGGER {NAME} AFTER INSERT ON events WHEN NEW.id <= 0"
            f" BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )
        return
    op.execute(
        f"CREATE TRIGGER {NAME} BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.id <= 0)"
        f" EXECUTE FUNCTION refuse('{WORDS}')"
    )


def downgrade() -> None:
    on = "" if op.get_bind().dialect.name == "sqlite" else " ON events"
    op.execute(f"DROP TRIGGER {NAME}{on}")
