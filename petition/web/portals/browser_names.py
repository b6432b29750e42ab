"""The kind of browser of a session, in words: coarse, so that it identifies nobody."""

# In this order: Edge and Opera name Chrome, Chrome names Safari, and Android names Linux.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
UNKNOWN_BROWSER = "A browser"


def name_browser(agent: str) -> str:
    """Return words such as "Firefox on Linux" for a User-Agent header."""
    browser = next((words for mark, words in BROWSERS if mark in agent), UNKNOWN_BROWSER)
    system = next((words for mark, words in SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser
