"""The blueprints of the public pages.

- ``public``: pages for everyone. ``link_pages``: pages whose address carries a token; see links.py.
- Neither sets a cookie, so neither has a CSRF token: the sign form is held by origin.py, and a
  link's token is itself the right to act.
"""

from flask import Blueprint

public = Blueprint("public", __name__)
link_pages = Blueprint("links", __name__)
