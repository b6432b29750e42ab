"""The security headers of every response."""

from flask import Flask, Response

# Styles, scripts, fonts and images are loaded from our own host only, and nothing inline runs:
# user input could not execute even if it were printed without escaping.
DIRECTIVES = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def write_policy(**changes: str) -> str:
    """Return our Content-Security-Policy, with other values for some directives.

    - ``img_src="'self' https://tiles.example"``: hyphens of a directive's name as underscores.
    """
    directives = DIRECTIVES | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


CONTENT_SECURITY_POLICY = write_policy()
NO_FRAMES, OWN_FRAMES = "frame-ancestors 'none'", "frame-ancestors 'self'"
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Our own forms still send Referer and Origin; other sites receive neither.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TWO_YEARS = 2 * 365 * 24 * 3600


def init_app(app: Flask, public_url: str, subdomains: bool = False) -> None:
    """Add the headers to every response, except those that its view has set.

    - ``public_url`` with https: HSTS is sent; ``subdomains``: for its subdomains too.
    - X-Frame-Options cannot list sites: it is omitted where the policy of a view allows some, and
      names our own where it allows that alone.
    """
    headers = dict(HEADERS)
    if public_url.startswith("https://"):
        below = "; includeSubDomains" if subdomains else ""
        headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}{below}"
    lines = [(name, value, name.lower()) for name, value in headers.items()]

    @app.after_request
    def add_headers(response: Response) -> Response:
        sent = response.headers
        own = {name.lower() for name, _ in sent}
        policy = sent.get("Content-Security-Policy", NO_FRAMES)
        if NO_FRAMES not in policy:
            own.add("x-frame-options")
        if OWN_FRAMES in policy:
            sent["X-Frame-Options"] = "SAMEORIGIN"
        sent.extend([(name, value) for name, value, key in lines if key not in own])
        return response
