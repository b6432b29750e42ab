"""What browsers and search engines ask for by fixed names: icons, robots.txt, sitemap.xml."""

from xml.sax.saxutils import escape

from flask import Response, current_app
from sqlalchemy import select

from petition.core.extensions import db, get_settings
from petition.models import Campaign, CampaignState
from petition.partners.partner_list import list_slugs
from petition.web.public.blueprint import public

A_DAY = "public, max-age=86400"
AN_HOUR = "public, max-age=3600"
# The sitemaps protocol allows 50,000; nobody waits for so long an answer.
MOST_CAMPAIGNS = 5_000
MOST_GROUPS = 5_000
PAGES = ("/", "/groups", "/groups/apply", "/letters", "/privacy", "/accessibility")
SITEMAP_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
)
# Pages for one person, or for staff, and answers to forms. That they must not be listed is said by
# each page itself (X-Robots-Tag, noindex); this saves crawlers the way.
CLOSED = (
    "/confirm/",
    "/signatures/",
    "/unsubscribe/",
    "/unsubscribe-group/",
    "/embed/",
    "/staff",
    "/partner/",
    "/demo/",
)


@public.get("/favicon.ico")
def show_favicon() -> Response:
    """Return the mark for browsers that ask for it by this name."""
    return _send_icon("favicon.ico")


@public.get("/apple-touch-icon.png")
@public.get("/apple-touch-icon-precomposed.png")
def show_touch_icon() -> Response:
    """Return the mark for a phone's home screen, 180 by 180 pixels."""
    return _send_icon("apple-touch-icon.png")


@public.get("/robots.txt")
def show_robots() -> Response:
    """Say what crawlers should leave out, and where the sitemap is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED)]
    lines += ["", f"Sitemap: {get_settings().public_url}/sitemap.xml", ""]
    return _answer("\n".join(lines), "text/plain")


@public.get("/sitemap.xml")
def show_sitemap() -> Response:
    """List the pages for everybody: those of the service, of campaigns and of groups."""
    slugs = db.session.scalars(
        select(Campaign.slug)
        .where(Campaign.state != CampaignState.DRAFT)
        .order_by(Campaign.id.desc())
        .limit(MOST_CAMPAIGNS)
    ).all()
    paths = [*PAGES, *(f"/campaigns/{slug}" for slug in slugs)]
    paths += [f"/groups/{slug}" for slug in list_slugs(MOST_GROUPS)]
    places = (escape(f"{get_settings().public_url}{path}") for path in paths)
    lines = [SITEMAP_HEAD, *(f"<url><loc>{place}</loc></url>" for place in places), "</urlset>", ""]
    return _answer("\n".join(lines), "application/xml")


def _send_icon(name: str) -> Response:
    response = current_app.send_static_file(name)
    response.headers["Cache-Control"] = A_DAY
    return response


def _answer(text: str, media_type: str) -> Response:
    response = Response(text, mimetype=media_type)
    response.headers["Cache-Control"] = AN_HOUR
    return response
