"""Checks of the services and data that everything depends on, for the doctor and for readiness."""

from dataclasses import replace
from functools import cache

from alembic.script import ScriptDirectory
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from petition.boundaries.active_sets import list_active_sets
from petition.boundaries.shapes import read_shapes
from petition.core.database import describe_too_old, is_unavailable, lacks_tables
from petition.core.errors import ChannelUnavailable, ConfigurationError, StorageCorrupt
from petition.core.extensions import db, get_settings, transaction
from petition.core.paths import find_migrations
from petition.core.queues import get_queues
from petition.core.revisions import WAY_OUT, describe_unknown, read_revisions
from petition.counting.milestone_list import count_held
from petition.dispatch.pauses import ALL, list_pauses
from petition.health.clock_drift import check_greeting
from petition.health.findings import Fault, count_words, skip_on_database_error
from petition.mail import SmtpTransport

SMTP_SECONDS = 4.0
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
    """The database accepts a write and commits it."""
    check_database()
    too_old = describe_too_old(db.session.connection())
    if too_old:
        raise Fault(too_old, "Move the database to a newer one.")
    try:
        with transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = version_num"))
    except DBAPIError as error:
        if is_unavailable(error):
            raise _unwritable() from error
        return f"{db.engine.dialect.name} answers, empty"
    except Exception as error:
        raise _unwritable() from error
    return f"{db.engine.dialect.name} answers and accepts writes"


def check_migrations() -> str:
    """The database's tables are those of this version."""
    try:
        with db.engine.connect() as connection:
            current = read_revisions(connection)
    except DBAPIError as error:
        raise _unreachable(error) from error
    script = _read_script()
    unknown = describe_unknown(current, script)
    if unknown:
        raise Fault(unknown, f"{WAY_OUT}.")
    heads = script.get_heads()
    shown = ", ".join(sorted(current))
    if current == set(heads):
        return f"at {shown}, the newest"
    if not current:
        raise Fault("the database has no tables yet", MIGRATE)
    raise Fault(f"at {shown}, behind {', '.join(sorted(heads))}", MIGRATE)


@skip_on_database_error
def check_held() -> str:
    """No hundred waits for a person."""
    held = count_held()
    if held:
        raise Fault(
            f"{held:,} held, and later ones of their districts wait",
            "List them with `petition milestones list --state held`, and release or invalidate "
            "each.",
        )
    return "none is held"


@skip_on_database_error
def check_pauses() -> str:
    """No letter is paused by a person."""
    pauses = list_pauses(db.session())
    if pauses:
        first = pauses[0]
        whose = ", ".join(held.campaign or ALL for held in pauses)
        since = f"{first.since:%Y-%m-%d %H:%M} UTC" + (f": {first.reason}" if first.reason else "")
        raise Fault(
            f"letters of {whose} are stopped, the first since {since}",
            "Start them again with `petition resume --all` or `petition campaigns resume SLUG`.",
        )
    return "none is stopped"


def check_redis() -> str:
    """Redis or Valkey answers."""
    try:
        info = get_queues().redis.info("server")
    except RedisError as error:
        raise Fault(
            f"Redis does not answer ({type(error).__name__})",
            "Start it or correct REDIS_URL; until then only the reconciler finds work.",
        ) from error
    name = "Valkey" if "valkey_version" in info else "Redis"
    return f"{name} {info.get('valkey_version') or info['redis_version']}"


def check_mail() -> str:
    """The SMTP server, where one is configured, accepts a connection and our login.

    - Sends no mail.
    """
    settings = get_settings()
    if settings.smtp_url is None:
        return "no PETITION_SMTP_URL, so no e-mail is sent"
    try:
        transport = SmtpTransport.from_settings(settings)
        greeting = replace(transport, seconds=min(transport.seconds, SMTP_SECONDS)).check()
    except (ChannelUnavailable, ConfigurationError) as error:
        raise Fault(
            f"the SMTP server refuses us ({error})",
            "Start it or correct PETITION_SMTP_URL; e-mail that is due waits.",
        ) from error
    check_greeting(greeting)
    return f"{transport.host} port {transport.port} accepts us"


def check_boundaries() -> str:
    """Boundary sets are in force, and the polygons cached on this host are intact."""
    try:
        sets = list_active_sets(db.session())
    except DBAPIError as error:
        raise _unreachable(error) from error
    if not sets:
        raise Fault(
            "no boundary set is in force, so no signer can be located",
            "Import a boundary set; in the source tree `petition demo` loads the counties of 2016.",
        )
    folder = get_settings().boundaries_dir
    kept = 0
    for active in sets:
        try:
            kept += read_shapes(folder, active.digest) is not None
        except (StorageCorrupt, OSError) as error:
            raise Fault(
                f"the polygons stored in {folder} are damaged",
                "Delete that folder; it is rebuilt from the database.",
            ) from error
    return f"{count_words(len(sets), 'set')} in force, {kept} stored on this host"


@cache
def _read_script() -> ScriptDirectory:
    return ScriptDirectory(str(find_migrations()))


def _unreachable(error: DBAPIError) -> Fault:
    if lacks_tables(error) or not is_unavailable(error):
        return Fault("its tables are missing, or are of another version", MIGRATE)
    return Fault(
        f"the database does not answer ({type(error.orig).__name__})",
        "Start it or correct DATABASE_URL.",
    )


def _unwritable() -> Fault:
    return Fault(
        "the database accepts no writes",
        "Free space on its disk, look for another process that locks it, or set DATABASE_URL to "
        "the primary.",
    )
