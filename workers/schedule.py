"""The scheduler process: a round of the reconciler every few seconds, whatever fails.

If ``PETITION_METRICS_ADDRESS`` is set, it also serves the metrics there.
"""

import signal
import threading
from types import FrameType

from petition.core.errors import MailboxUnavailable, Retryable
from petition.core.extensions import db, get_settings
from petition.core.logs import get_logger
from petition.core.sealing import get_sealer
from petition.health.background_loop import keep_repeating
from petition.health.fault_log import keep_logging_faults
from petition.health.metrics_access import MetricsServer
from petition.health.row_counts import keep_counts
from petition.incoming.mailbox_polling import poll_mailbox
from petition.keys.check import check_at_start, check_if_due
from petition.models import ProcessRole
from petition.processes.liveness import keep_beating
from petition.totals.kept_totals import keep_totals
from workers.jobs import get_app
from workers.reconcile import reconcile

log = get_logger(__name__)
# Seconds between two polls of the mailbox, and until the first.
POLL_EVERY, FIRST_POLL = 60.0, 5.0


def run_scheduler() -> None:
    """Reconcile until SIGTERM or SIGINT; a failed round is logged and the next one tried."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    with get_app().app_context():
        check_at_start()
        settings = get_settings()
        seals_with = get_sealer().key_ids[0]
    metrics = MetricsServer(get_app())
    with (
        keep_beating(settings.database_url, ProcessRole.SCHEDULER, seals_with=seals_with),
        keep_counts(get_app()),
        keep_totals(get_app()),
        keep_logging_faults(get_app()),
        keep_repeating("mailbox", _poll, POLL_EVERY, FIRST_POLL),
    ):
        while not stop.is_set():
            metrics.start()
            _run_round()
            stop.wait(settings.reconcile_seconds)
    metrics.stop()


def _poll() -> None:
    """Read the mailbox in a thread of its own: a server that hangs delays nothing else."""
    with get_app().app_context():
        try:
            poll_mailbox()
        except MailboxUnavailable as error:
            log.warning("mailbox.unread", problem=str(error))
        finally:
            db.session.remove()


def _run_round() -> None:
    with get_app().app_context():
        try:
            check_if_due()
            found = reconcile()
            log.debug("reconciler.round", expired=found.expired)
        except Retryable as error:
            log.warning("reconciler.put_off", error=error.code)
        except Exception:
            log.exception("reconciler.failed")
        finally:
            db.session.remove()
