"""The web pages: each view parses the request, calls one stage function and renders."""

from flask import Flask

from petition.core.settings import Settings
from petition.web import (
    api,
    assets,
    compression,
    embed,
    errors,
    form_signals,
    formats,
    forms,
    headers,
    hosts,
    languages,
    operators,
    partner,
    public,
    staff,
)
from petition.web.portals import security
from petition.web.ratelimit import limits, quotas
from petition.web.wording import recipient_words


def init_app(app: Flask) -> None:
    """Register the pages of every audience and the error handlers."""
    settings: Settings = app.extensions["hundredth"]
    forms.init_app(app)
    # First, so that it is the last to touch an answer.
    compression.init_app(app)
    assets.init_app(app)
    languages.init_app(app)
    formats.init_app(app)
    recipient_words.init_app(app)
    errors.init_app(app)
    limits.init_app(app, settings)
    quotas.init_quota(app, settings)
    form_signals.init_app(app)
    public.init_app(app)
    embed.init_app(app)
    security.init_security(app)
    staff.init_app(app)
    partner.init_app(app)
    api.init_app(app)
    operators.init_app(app)
    headers.init_app(app, settings.public_url, settings.site.https_below)
    hosts.init_app(app, settings.public_url, settings.trusted_hosts)
