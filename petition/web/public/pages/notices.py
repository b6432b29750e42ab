"""The privacy notice, the accessibility statement and security.txt."""

from datetime import timedelta

from flask import Response, make_response, render_template

from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import get_settings
from petition.core.settings import OUTBOX
from petition.error_messages.page_messages import PageProblem
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_queried_campaign

# RFC 9116 recommends less than a year; the file is generated for each response.
SECURITY_LASTS = timedelta(days=180)


@public.get("/privacy")
def show_privacy() -> str:
    """Show what is stored about signers, for what, how long, and what they can do about it.

    - ``campaign`` in the query: the slug of a campaign, whose organization is then named.
    """
    settings = get_settings()
    return render_template(
        "public/privacy.html",
        campaign=find_queried_campaign(),
        looks_up=[name for name in settings.geocoders if name != "zip"],
        keep=settings.keep,
        keeps_outbox=settings.channel == OUTBOX,
        keeps_mail_files=settings.smtp_url is None,
    )


@public.get("/accessibility")
def show_accessibility() -> str:
    """Show how accessible the pages are, and where to report a problem."""
    return render_template("public/accessibility.html")


@public.get("/.well-known/security.txt")
def show_security() -> Response:
    """Return where to report vulnerabilities (RFC 9116); 404 where no contact is configured."""
    settings = get_settings()
    contact = settings.site.contact
    if contact is None:
        raise NotFound(PageProblem.NO_CONTACT)
    expires = (utcnow() + SECURITY_LASTS).replace(microsecond=0).isoformat()
    lines = [
        f"Contact: mailto:{contact}",
        f"Expires: {expires.replace('+00:00', 'Z')}",
        "Preferred-Languages: en, es",
        f"Canonical: {settings.public_url}/.well-known/security.txt",
    ]
    response = make_response("".join(f"{line}\n" for line in lines))
    response.content_type = "text/plain; charset=utf-8"
    return response
