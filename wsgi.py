"""The WSGI entry point: ``granian --interface wsgi wsgi:app``."""

from petition import create_app

app = create_app()
