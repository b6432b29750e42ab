"""The blueprints of the public pages.

- ``public``: pages for everyone. ``link_pages``: pages with a token in the URL; see links.py.
- Neither sets a cookie, so neither has a CSRF token: origin.py protects the sign form, and the
  token of a link is itself the authorization.
"""

from flask import Blueprint

public = Blueprint("public", __name__)
link_pages = Blueprint("links", __name__)
