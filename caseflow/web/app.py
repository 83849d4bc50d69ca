"""Makes the Flask application: one face, wired to one database."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from importlib.metadata import version

from flask import Flask
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from caseflow.bootstrap import (
    Application,
    FileKeysUnusable,
    RedisWake,
    build_application,
    build_field_cipher,
    build_file_room,
    prepare_files,
)
from caseflow.config import ConfigurationError, Settings, read_settings
from caseflow.domain.access import Permission, may
from caseflow.resources import data_directory
from caseflow.services.views import COUNT_CAP
from caseflow.web import (
    access_codes,
    ageing,
    api,
    api_tokens,
    bank,
    bank_lines,
    calendar_days,
    calendar_feeds,
    case_files,
    case_imports,
    case_list,
    case_page,
    charts,
    court_replies,
    desk,
    display,
    enrol,
    errors,
    exports,
    findings,
    grants,
    health,
    identity_search,
    import_columns,
    import_rows,
    inbox,
    language,
    law,
    ledger,
    ledger_words,
    metrics,
    money,
    my_case,
    my_sign_in,
    new_case,
    openid,
    paper_act,
    papers,
    passkeys,
    period_close,
    person_access,
    person_sign_in,
    person_submissions,
    reading_gate,
    reading_log,
    reading_reason,
    reading_requests,
    receipt_act,
    receipts,
    record,
    recusals,
    referral_bundle,
    referral_words,
    referrals,
    refunds,
    released,
    reminder_settings,
    remittances,
    retention,
    retention_runs,
    samples,
    service,
    sign_in,
    spending,
    spending_act,
    staff,
    step_page,
    submissions,
    substitutes,
    training,
    verify,
    wind_down,
    wind_down_decision,
    wind_down_letters,
    wind_down_runs,
    wind_down_words,
    withdrawals,
)
from caseflow.web.context import (
    ADDRESS,
    EXTENSION,
    choose_locale,
    is_training,
    locale,
    start_watching_the_sweep,
    sweep_fault,
    unread_messages,
)
from caseflow.web.context import application as app_of_request
from caseflow.web.row_ids import RowIdConverter
from caseflow.web.security import secure

PARTS = (
    sign_in,
    my_sign_in,
    openid,
    passkeys,
    language,
    desk,
    case_list,
    case_page,
    case_files,
    step_page,
    papers,
    paper_act,
    service,
    new_case,
    case_imports,
    import_columns,
    import_rows,
    inbox,
    calendar_feeds,
    reminder_settings,
    law,
    training,
    staff,
    grants,
    enrol,
    recusals,
    substitutes,
    calendar_days,
    money,
    ledger,
    period_close,
    samples,
    findings,
    charts,
    exports,
    receipts,
    receipt_act,
    bank,
    bank_lines,
    remittances,
    ageing,
    referrals,
    withdrawals,
    court_replies,
    refunds,
    wind_down,
    wind_down_runs,
    wind_down_decision,
    wind_down_letters,
    released,
    record,
    referral_bundle,
    spending,
    spending_act,
    health,
    metrics,
    api_tokens,
    api,
    person_sign_in,
    my_case,
    person_submissions,
    submissions,
    access_codes,
    verify,
    reading_reason,
    reading_requests,
    reading_log,
    identity_search,
    retention,
    retention_runs,
)


def create_app(settings: Settings | None = None, *, application: Application | None = None) -> Flask:
    """Return the web face.

    ``settings`` (default: the environment) must name a database and at least one secret key; ``application`` lets a
    test give its own wiring. Raises ``ConfigurationError``.
    """
    known = settings or read_settings()
    if not known.secret_keys:
        message = "CASEFLOW_SECRET_KEYS is missing: the web face signs sessions with its first key."
        raise ConfigurationError(message)
    wired = application or _wired(known)
    app = Flask(__name__, template_folder=str(data_directory("templates") / "pages"))
    app.url_map.converters["int"] = RowIdConverter
    app.extensions[EXTENSION] = wired
    app.config[ADDRESS] = known.address
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    # A new release has new addresses for its files, so a browser may keep them for a year.
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = timedelta(days=365)
    app.url_defaults(_name_the_release)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    secure(app, known)
    reading_gate.watch(app, known.read_limits)
    CSRFProtect(app)
    Babel(app, default_locale="en", locale_selector=choose_locale)
    Bootstrap5(app)
    display.register(app)
    ledger_words.register(app)
    referral_words.register(app)
    wind_down_words.register(app)
    errors.register(app)
    app.context_processor(_shared)
    app.context_processor(person_access.shared)
    start_watching_the_sweep(app)
    metrics.offer(app, known.metrics_token)
    for part in PARTS:
        app.register_blueprint(part.blueprint)
    _stand_behind(app, known.proxies)
    return app


def _stand_behind(app: Flask, proxies: int) -> None:
    """Believe what so many proxies add to X-Forwarded-*, and nothing that stood there before: anybody can send that."""
    if proxies:
        fixed = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
        app.wsgi_app = fixed  # type: ignore[method-assign]  # as Flask wants it


def _wired(settings: Settings) -> Application:
    if settings.database_url is None:
        message = "CASEFLOW_DATABASE_URL is missing: the web face does not start servers; `caseflow run` does."
        raise ConfigurationError(message)
    wake = RedisWake(settings.redis_url) if settings.redis_url is not None else None
    try:
        prepare_files(settings)
    except (FileKeysUnusable, OSError) as error:
        message = f"the files of cases cannot be kept in {settings.home}: {error}"
        raise ConfigurationError(message) from error
    cipher = build_field_cipher(settings)
    cipher.prepare()  # a key that cannot be read stops the start
    return build_application(settings.database_url, wake=wake, files=build_file_room(settings), cipher=cipher)


def _name_the_release(endpoint: str, values: dict[str, object]) -> None:
    if endpoint.endswith("static"):
        values.setdefault("v", _release())


@cache
def _release() -> str:
    return version("caseflow-office")


def _shared() -> dict[str, object]:
    return {
        "locale": locale,
        "is_training": is_training,
        "may": may,
        "Permission": Permission,
        "today": _today,
        "unread_messages": unread_messages,
        "count_cap": COUNT_CAP,
        "sweep_fault": sweep_fault,
    }


def _today() -> date:
    return app_of_request().time.today()
