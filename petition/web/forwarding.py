"""Detects requests whose number of forwarded addresses differs from PETITION_PROXY_HOPS.

With a wrong setting all visitors share one rate limit, or can forge the network that they are
counted by, and no page shows it.

- The majority of at least ENOUGH requests decides, once in EVERY seconds for each process, so that
  single forged requests do not matter.
- Requests for the operators' URLs are ignored. So is one without the header and without
  ``Accept-Language`` where a proxy is expected: a health check that bypasses the proxy, not a
  browser.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from threading import Lock, Thread
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.exc import DBAPIError

from petition.core.errors import Retryable
from petition.core.extensions import db
from petition.core.logs import get_logger
from petition.core.settings import Settings
from petition.processes.proxy_hops import Mismatch, forget_mismatch, note_mismatch
from petition.web.hosts import OPEN

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = get_logger(__name__)

EVERY = 60.0
ENOUGH = 5
# Counting stops here, above what the setting allows: a header may hold any number of addresses.
MOST = 11

# Takes how most requests arrive; None where it agrees with the setting.
Report = Callable[[Mismatch | None], None]


class ForwardingWatch:
    """A WSGI middleware that counts the forwarded addresses of requests.

    - ``hops``: the expected number of addresses. ``every``: seconds from one report to the next.
    """

    def __init__(
        self, application: "WSGIApplication", hops: int, report: Report, every: float = EVERY
    ) -> None:
        self._application = application
        self._hops = hops
        self._report = report
        self._every = every
        self._lock = Lock()
        self._seen: Counter[tuple[int, bool]] = Counter()
        self._next_at = 0.0

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Count the request and pass it to the application."""
        if environ.get("PATH_INFO") not in OPEN:
            self._count(environ)
        return self._application(environ, start_response)

    def _count(self, environ: "WSGIEnvironment") -> None:
        addresses = environ.get("HTTP_X_FORWARDED_FOR", "").split(",", MOST)
        arrived = min(sum(1 for address in addresses if address.strip()), MOST)
        forwarded = not arrived and "HTTP_FORWARDED" in environ
        bare = not arrived and not forwarded
        if bare and self._hops and "HTTP_ACCEPT_LANGUAGE" not in environ:
            return
        with self._lock:
            self._seen[arrived, forwarded] += 1
            if self._seen.total() < ENOUGH or time.monotonic() < self._next_at:
                return
            self._next_at = time.monotonic() + self._every
            seen, self._seen = self._seen, Counter()
        # In a thread, so that no request waits for the report or a slow database.
        Thread(target=self._report, args=(self._judge(seen),), daemon=True).start()

    def _judge(self, seen: Counter[tuple[int, bool]]) -> Mismatch | None:
        [((arrived, forwarded), number)] = seen.most_common(1)
        if (arrived, forwarded) == (self._hops, False) or 2 * number <= seen.total():
            return None
        return Mismatch(self._hops, arrived, forwarded)


def init_app(app: Flask) -> None:
    """Wrap the app in the middleware, outside ProxyFix, which consumes the headers."""
    settings: Settings = app.extensions["hundredth"]
    app.wsgi_app = ForwardingWatch(  # type: ignore[method-assign]
        app.wsgi_app, settings.proxy_hops, make_report(app, settings.proxy_hops)
    )


def make_report(app: Flask, hops: int) -> Report:
    """Return a function that stores the mismatch in the database and logs each change."""
    last: list[Mismatch | None] = [None]

    def report(mismatch: Mismatch | None) -> None:
        if mismatch is not None and mismatch != last[0]:
            log.warning(
                "proxy.mismatch",
                hops=mismatch.hops,
                arrived=mismatch.arrived,
                forwarded=mismatch.forwarded,
                see="petition doctor",
            )
        last[0] = mismatch
        with app.app_context():
            try:
                if mismatch is not None:
                    note_mismatch(mismatch)
                else:
                    forget_mismatch(db.session(), hops)
            except (DBAPIError, Retryable) as error:  # the next report tries again
                log.info("proxy.not_noted", error=type(error).__name__)
            finally:
                db.session.remove()

    return report
