"""The API for programs of partner organizations and of everyone: ``/api/v1``."""

from flask import Flask

from petition.core.extensions import csrf


def init_app(app: Flask) -> None:
    """Register the API; the public pages, whose path converters it uses, are registered before.

    - It reads no cookie, so no other site can act for anyone: without CSRF tokens.
    """
    from petition.web.api import (  # noqa: F401
        campaigns,
        consent_changes,
        document,
        erasures,
        exports,
        letters,
        near_people,
        own_organization,
        people,
        root,
        signatures,
        webhooks,
    )
    from petition.web.api.negotiation import init_negotiation
    from petition.web.api.problems import ApiRefusal, show_refusal
    from petition.web.api.service import blueprint, init_service

    init_service(app)
    app.register_blueprint(document.blueprint)
    for one in (blueprint, document.blueprint):
        csrf.exempt(one)
    init_negotiation(app)
    app.register_error_handler(ApiRefusal, show_refusal)
