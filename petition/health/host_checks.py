"""Checks of this host and its settings, which only the doctor runs."""

import platform
import sys
from importlib import import_module, metadata

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from petition.core.errors import ConfigurationError, SealBroken
from petition.core.extensions import db, get_settings
from petition.health.ages import read_reconciler
from petition.health.findings import Fault
from petition.health.storage_check import check_storage
from petition.keys.check import refuse_other_keys
from petition.keys.data_keys import describe_others, describe_sealing, list_other_processes
from petition.models import Signature
from petition.signers.erasure_log import find_damaged, find_journal, say_damaged
from petition.transitions.unreadable_signatures import SAMPLE

TURNING = "docs/deploy/keys.md"
OLDEST_PYTHON = (3, 11)
OLDEST_WEASYPRINT = 70
START = "Start it with `petition up`, or with `petition scheduler` on its own host."
FONTS = {
    "font_source_serif_pro": "SourceSerifPro-Regular.otf",
    "font_source_sans_pro": "SourceSansPro-Regular.otf",
}


def check_python() -> str:
    """Python is new enough."""
    if sys.version_info < OLDEST_PYTHON:
        needed = ".".join(map(str, OLDEST_PYTHON))
        raise Fault(f"Python {platform.python_version()}", f"Install Python {needed} or newer.")
    return platform.python_version()


def check_pango() -> str:
    """WeasyPrint finds Pango and lays out a page."""
    try:
        weasyprint = import_module("weasyprint")
        weasyprint.HTML(string="<p>One page</p>").write_pdf()
    except OSError as error:
        raise Fault(
            "WeasyPrint finds no Pango",
            "Install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0.",
        ) from error
    version = metadata.version("weasyprint")
    if int(version.split(".")[0]) < OLDEST_WEASYPRINT:
        raise Fault(
            f"WeasyPrint {version} can read files that it must not read",
            f"Install WeasyPrint {OLDEST_WEASYPRINT} or newer.",
        )
    pango: int = import_module("weasyprint.text.ffi").pango.pango_version()
    return f"WeasyPrint {version}, Pango {pango // 10000}.{pango // 100 % 100}.{pango % 100}"


def check_fonts() -> str:
    """The fonts of the letter are installed."""
    from importlib.resources import files

    for package, name in FONTS.items():
        try:
            found = (files(package) / "files" / name).is_file()
        except ModuleNotFoundError:
            found = False
        if not found:
            raise Fault(f"{name} is missing", f"Install {package.replace('_', '-')} again.")
    return "Source Serif Pro and Source Sans Pro"


def check_settings() -> str:
    """Every name in the environment that looks like a setting is one."""
    unknown = get_settings().unknown
    if unknown:
        raise Fault("; ".join(unknown), "Correct the name, or remove it.")
    return "every PETITION_ name is a setting"


def check_keys() -> str:
    """The keys are the database's, and open what is stored; their strength was checked before."""
    try:
        refuse_other_keys(db.session())
        others = list_other_processes(db.session())
        people = db.session.scalars(
            select(Signature.person)
            .where(Signature.person.is_not(None))
            .order_by(Signature.id.desc())
            .limit(SAMPLE)
        ).all()
    except ConfigurationError as error:
        raise Fault(str(error), f"See {TURNING}.") from error
    except DBAPIError:
        return "strong; the stored data could not be read"
    if others:
        raise Fault(describe_sealing(others), f"Restart them with the same keys: {TURNING}.")
    words = "the demo's own" if get_settings().demo else "strong"
    if not people:
        return words
    if not any(person is not None and person.is_readable for person in people):
        raise Fault(str(SealBroken()), "Set the key with which this database was created.")
    return f"{words}, and they open the stored data{describe_others(db.session())}"


def check_disk() -> str:
    """Files can be written, the disk has space, and the journal of decisions is intact."""
    room = check_storage()
    path = find_journal()
    try:
        damaged = find_damaged()
    except OSError as error:
        raise Fault(f"{path.name} cannot be read", "Give this user read access.") from error
    if damaged:
        raise Fault(
            f"{path.name}: {say_damaged(damaged)}",
            "The database still knows which signers they are about, until it is restored from a "
            "backup: write these line numbers down for that day, then delete the lines.",
        )
    return room


def check_reconciler() -> str:
    """A reconciler runs."""
    try:
        found = read_reconciler(db.session(), get_settings().reconcile_seconds)
    except DBAPIError as error:
        raise Fault("its last round could not be read", "Fix the database first.") from error
    if found["last_round"] is None:
        raise Fault("it has not run a round yet", START)
    if found["late"]:
        raise Fault(f"its last round was {found['seconds_ago']:.0f} s ago", START)
    return f"last round {found['seconds_ago']:.0f} s ago"
