"""Checks of what the service stands on, for the doctor and for readiness alike."""

import os
import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from petition.counting.hundreds import count_held
from petition.database import is_unavailable, lacks_tables
from petition.errors import ChannelUnavailable, ConfigurationError, StorageCorrupt
from petition.extensions import db, get_settings, transaction
from petition.geography.active import list_active_sets
from petition.geography.shapes import read_shapes
from petition.health.findings import Fault, leave_to_others
from petition.mail import SmtpTransport
from petition.paths import find_migrations
from petition.pauses import ALL, list_pauses
from petition.queues import get_queues

SMTP_SECONDS = 4.0
MEBIBYTE = 1024 * 1024
# A letter takes 50 to 200 KiB; SQLite's journal and Valkey's may take some megabytes at once.
LEAST_FREE = 256 * MEBIBYTE
MIGRATE = "Run `petition db upgrade`."


def check_database() -> str:
    """The database answers."""
    try:
        db.session.execute(text("SELECT 1"))
    except DBAPIError as error:
        raise _unreachable(error) from error
    engine = db.engine
    return f"{engine.dialect.name} answers"


def check_database_writes() -> str:
    """The database takes a write and commits it."""
    check_database()
    try:
        with transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = version_num"))
    except DBAPIError as error:
        if is_unavailable(error):
            raise _unwritable() from error
        return f"{db.engine.dialect.name} answers, empty"
    except Exception as error:
        raise _unwritable() from error
    return f"{db.engine.dialect.name} answers and takes writes"


def check_migrations() -> str:
    """The database's tables are those of this version."""
    try:
        with db.engine.connect() as connection:
            current = set(MigrationContext.configure(connection).get_current_heads())
    except DBAPIError as error:
        raise _unreachable(error) from error
    heads, known = _read_revisions()
    shown = ", ".join(sorted(current))
    if current == heads:
        return f"at {shown}, the newest"
    if not current:
        raise Fault("the database has no tables yet", MIGRATE)
    if not current <= known:
        raise Fault(f"at {shown}, which this version does not know", "Start the newer version.")
    raise Fault(f"at {shown}, behind {', '.join(sorted(heads))}", MIGRATE)


@leave_to_others
def check_held() -> str:
    """No hundred waits for a person."""
    held = count_held()
    if held:
        raise Fault(
            f"{held:,} held, and the later ones of their districts wait",
            "Look at `petition milestones list --state held`, and release or invalidate each.",
        )
    return "none is held"


@leave_to_others
def check_pauses() -> str:
    """No letter is stopped by hand."""
    pauses = list_pauses(db.session())
    if pauses:
        first = pauses[0]
        whose = ", ".join(held.campaign or ALL for held in pauses)
        since = f"{first.since:%Y-%m-%d %H:%M} UTC" + (f": {first.reason}" if first.reason else "")
        raise Fault(
            f"letters of {whose} are stopped, the first since {since}",
            "Let them go with `petition resume --all` or `petition campaigns resume SLUG`.",
        )
    return "none is stopped"


def check_redis() -> str:
    """Redis or Valkey answers."""
    try:
        info = get_queues().redis.info("server")
    except RedisError as error:
        raise Fault(
            f"Redis does not answer ({type(error).__name__})",
            "Start it or mend REDIS_URL; until then work is found by the reconciler alone.",
        ) from error
    name = "Valkey" if "valkey_version" in info else "Redis"
    return f"{name} {info.get('valkey_version') or info['redis_version']}"


def check_mail() -> str:
    """The SMTP server, where one is set, greets us; nothing is sent."""
    settings = get_settings()
    if settings.smtp_url is None:
        return "no PETITION_SMTP_URL: nothing is mailed"
    try:
        transport = SmtpTransport.from_settings(settings)
        replace(transport, seconds=min(transport.seconds, SMTP_SECONDS)).check()
    except (ChannelUnavailable, ConfigurationError) as error:
        raise Fault(
            f"the SMTP server does not take us ({error})",
            "Start it or mend PETITION_SMTP_URL; what is due to be mailed waits.",
        ) from error
    return f"{transport.host} port {transport.port} takes us"


def check_storage() -> str:
    """Letters and the outbox can be written, and the disk has room."""
    settings = get_settings()
    for folder in (settings.letters_dir, settings.outbox_dir):
        _try_write(folder)
    free = shutil.disk_usage(settings.data_dir).free
    if free < LEAST_FREE:
        raise Fault(
            f"{free // MEBIBYTE} MiB are free in {settings.data_dir}",
            f"Make room: at least {LEAST_FREE // MEBIBYTE} MiB are needed.",
        )
    return f"{free // MEBIBYTE:,} MiB free in {settings.data_dir}"


def check_boundaries() -> str:
    """Polygons are in force, and what this host keeps of them is whole."""
    try:
        sets = list_active_sets(db.session())
    except DBAPIError as error:
        raise _unreachable(error) from error
    if not sets:
        raise Fault(
            "no boundary set is in force, so nobody can be located",
            "Import a boundary set; in the source tree `petition demo` loads the counties of 2016.",
        )
    folder = get_settings().boundaries_dir
    kept = 0
    for active in sets:
        try:
            kept += read_shapes(folder, active.digest) is not None
        except (StorageCorrupt, OSError) as error:
            raise Fault(
                f"the polygons kept in {folder} are damaged",
                "Delete that folder: it is made again from the database.",
            ) from error
    return f"{_count(len(sets), 'set')} in force, {kept} kept on this host"


def _try_write(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".check-")
        try:
            os.write(handle, b"x" * 4096)
            os.fsync(handle)
        finally:
            os.close(handle)
            os.unlink(name)
    except OSError as error:
        raise Fault(
            f"{folder} cannot be written ({error.strerror})",
            "Give this user the right to write there, or make room on the disk.",
        ) from error


@cache
def _read_revisions() -> tuple[frozenset[str], frozenset[str]]:
    script = ScriptDirectory(str(find_migrations()))
    known = frozenset(revision.revision for revision in script.walk_revisions())
    return frozenset(script.get_heads()), known


def _unreachable(error: DBAPIError) -> Fault:
    if lacks_tables(error):
        return Fault("its tables are not there", MIGRATE)
    return Fault(
        f"the database does not answer ({type(error.orig).__name__})",
        "Start it or mend DATABASE_URL.",
    )


def _unwritable() -> Fault:
    return Fault(
        "the database takes no writes",
        "Make room on its disk, look for another process that holds it, or name the primary.",
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
