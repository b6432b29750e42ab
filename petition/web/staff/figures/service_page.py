"""``/staff/figures/service``: queues, workers, the reconciler and the disk, as ``petition status``.

- Nothing is asked of another host here but Redis: the checks of mail servers and geocoders are
  those of ``petition doctor`` and of ``/readyz``.
"""

from pathlib import Path

from flask import render_template
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.core.extensions import db, get_settings
from petition.core.queues import get_queues
from petition.dispatch.pauses import list_pauses
from petition.health.ages import read_oldest_due, read_reconciler
from petition.health.backlog import read_queues
from petition.health.figures import add_workers
from petition.health.mail_backlog import read_mails
from petition.health.mail_lanes import (
    describe_cause,
    read_letter_mailing,
    read_mailing,
    read_relay_mailing,
)
from petition.health.storage_check import list_rooms
from petition.processes.process_rows import list_processes
from petition.web.portals.guards import requires
from petition.web.staff.figures.figure_pages import describe_length
from petition.web.staff.pages import blueprint

GIBIBYTE = 1024**3


@blueprint.get("/figures/service")
@requires(Permission.REPORTS_READ)
def show_service() -> ResponseReturnValue:
    """Show how the service does its work now."""
    session, settings = db.session(), get_settings()
    processes = list_processes(session)
    return render_template(
        "staff/service.html",
        queues=add_workers(read_queues(get_queues()), processes),
        processes=processes,
        reconciler=read_reconciler(session, settings.reconcile_seconds),
        oldest=read_oldest_due(session),
        lanes={
            "E-mails to signers": read_mailing(session, read_mails(session)),
            "Letters by e-mail": read_letter_mailing(session),
            "Messages of organizations": read_relay_mailing(session),
        },
        pauses=list_pauses(session),
        rooms={_name(folder): room for folder, room in list_rooms().items()},
        describe_cause=describe_cause,
        describe_length=describe_length,
        GIBIBYTE=GIBIBYTE,
    )


def _name(folder: Path) -> str:
    """Return what a folder is called here; its path is for operators."""
    return "data" if folder == get_settings().data_dir else folder.name
