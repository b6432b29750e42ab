"""The Flask application, with everything that it needs."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from petition.core import logs
from petition.core.database import prepare_engine
from petition.core.extensions import csrf, db, migrate
from petition.core.paths import find_migrations, find_templates
from petition.core.queues import QueueClient
from petition.core.sealing import Sealer
from petition.core.settings import Settings, read_settings
from petition.moderation.listed_words import check_words

log = logs.get_logger(__name__)


class Application(Flask):
    """Flask without its question, at each call of a view or a hook, whether that is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is: none of ours is ``async``."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for ``settings`` (those of the environment when None).

    - Raises ConfigurationError, naming the setting, before anything is opened.
    """
    settings = settings or read_settings()
    if settings.comment_words is not None:
        check_words(settings.comment_words)
    app = Application(__name__, template_folder=str(find_templates()), static_folder="web/static")
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        # A tuple: Flask-Security would put the keys of a list in such an order that the last signs.
        SECRET_KEY_FALLBACKS=settings.secret_key_fallbacks,
        # itsdangerous signs with the last and takes all.
        WTF_CSRF_SECRET_KEY=settings.signing_keys,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # A statement's values may be personal: no error may carry them.
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},
        MAX_FORM_PARTS=200,
    )
    app.extensions["hundredth"] = settings
    app.extensions["hundredth-sealer"] = Sealer(*settings.data_keys, hash_key=settings.hash_key)
    app.extensions["hundredth-queues"] = QueueClient(settings.redis_url)
    logs.configure(settings.log_format)
    for words in settings.unknown:
        log.warning("settings.unknown", found=words)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)

    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    migrate.init_app(app, db, directory=str(find_migrations()))
    csrf.init_app(app)

    from petition import web  # the pages need the extensions above

    web.init_app(app)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    return app
