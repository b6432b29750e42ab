"""The WSGI entry point: ``granian --interface wsgi wsgi:app``."""

from petition.web.server import make_app

app = make_app()
