"""Who may open the demonstration's own pages: whoever is on this host. Not in the wheel."""

from urllib.parse import urlsplit

from flask import abort, request

from petition.demo.loopback import is_loopback

PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


def refuse_others() -> None:
    """Answer 404 to whoever is not on this host."""
    passed_on = any(name in request.headers for name in PASSED_ON)
    host = urlsplit(f"//{request.host}").hostname or ""
    if passed_on or not is_loopback(host) or not is_loopback(request.remote_addr or ""):
        abort(404)
