"""The scheduler process: a round of the reconciler every few seconds, whatever fails meanwhile.

Now and then it also sweeps: a PDF that was never sent and names people who have left since is
removed, a solved challenge that is too old to come again is forgotten, so are the networks that
signatures came from a week ago and when a mailbox was mailed a month ago, who never came to count
is erased, and what an erasure leaves for 90 days is deleted.

Where ``PETITION_METRICS_ADDRESS`` is set, the figures are given there meanwhile.
"""

import math
import signal
import threading
import time
from types import FrameType

from petition.errors import Retryable
from petition.extensions import db, get_settings
from petition.health.scraping import MetricsServer
from petition.letters.store import LetterStore
from petition.letters.sweeping import sweep_superseded
from petition.logs import get_logger
from petition.signing.challenges import forget_challenges
from petition.signing.forgetting import forget_networks
from petition.signing.mails.mailbox_limits import forget_old_mails
from petition.signing.mails.refused import forget_old_refusals
from petition.signing.named import forget_named
from petition.signing.retention import erase_forgotten
from workers.jobs import get_app
from workers.reconcile import reconcile

log = get_logger(__name__)

SWEEP_SECONDS = 600.0


def run_scheduler() -> None:
    """Reconcile until SIGTERM or SIGINT; a failed round is logged and the next one tried."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    with get_app().app_context():
        pause = get_settings().reconcile_seconds
    metrics = MetricsServer(get_app())
    swept = -math.inf
    while not stop.is_set():
        metrics.start()
        with get_app().app_context():
            try:
                found = reconcile()
                if time.monotonic() - swept > SWEEP_SECONDS:
                    swept = time.monotonic()
                    forget_challenges()
                    while forget_networks():
                        pass
                    forget_named()
                    forget_old_mails()
                    forget_old_refusals()
                    erase_forgotten()
                    sweep_superseded(LetterStore(get_settings().letters_dir))
                log.debug("reconciler.round", expired=found.expired)
            except Retryable as error:
                log.warning("reconciler.put_off", error=error.code)
            except Exception:
                log.exception("reconciler.failed")
            finally:
                db.session.remove()
        stop.wait(pause)
    metrics.stop()
