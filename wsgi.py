"""The WSGI entry point for another server than ``petition web``'s granian.

- That server, or a proxy before it, must read bodies whole before it takes a thread (waitress does;
  granian's WSGI and gunicorn do not): two half-sent forms would hold its threads.
"""

from petition.web.server import make_app

app = make_app()
