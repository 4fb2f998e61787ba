"""Every setting of the product, read from the environment.

Two profiles: `embedded` (the default: SQLite, a file queue, the Graph emulator; no server needed)
and `production` (PostgreSQL, Redis, TLS in front; whatever falls short of that stops the start).
"""

import secrets
from importlib.util import find_spec
from pathlib import Path

import environ
from celery.schedules import schedule
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from restore_safety.logs import configure as configure_logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
PROFILE = env.str("RESTORE_SAFETY_PROFILE", "embedded")
if PROFILE not in {"embedded", "production"}:
    raise ImproperlyConfigured("RESTORE_SAFETY_PROFILE is either embedded or production.")
EMBEDDED = PROFILE == "embedded"

HOME = Path(env.str("RESTORE_SAFETY_HOME", str(BASE_DIR / ".data"))).resolve()
for folder in (
    "queue/messages",
    "queue/control",
    "queue/processed",
    "uploads",
    "emulator",
    "static",
    "cache",
):
    (HOME / folder).mkdir(parents=True, exist_ok=True)
PORT = env.int("PORT", 8000)
# A production key shorter than this is guessed, or was typed by hand.
SECRET_KEY_LENGTH = 50
CREDENTIAL_KEY_LENGTH = 32


def _secret(name: str) -> str:
    """The secret from the environment; embedded installations make and keep one of their own."""
    given: str = env.str(name, "")
    if given:
        return given
    if not EMBEDDED:
        raise ImproperlyConfigured(f"Set {name}: the production profile starts with no default.")
    file = HOME / f"{name.lower()}.secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text().strip()


def _production_needs(sentence: str, *, holds: bool) -> None:
    """Stop the start: what suits a demo must not serve a real tenant unnoticed."""
    if not EMBEDDED and not holds:
        raise ImproperlyConfigured(f"{sentence} The production profile does not start without.")


SECRET_KEY = _secret("SECRET_KEY")
_production_needs(
    f"Give SECRET_KEY at least {SECRET_KEY_LENGTH} characters.",
    holds=len(SECRET_KEY) >= SECRET_KEY_LENGTH,
)
# Provider credentials are encrypted with the first key and read with any: prepend one to rotate.
CREDENTIAL_KEYS = _secret("CREDENTIAL_KEYS").split(",")
_production_needs(
    f"Give each of CREDENTIAL_KEYS at least {CREDENTIAL_KEY_LENGTH} characters.",
    holds=min(map(len, CREDENTIAL_KEYS)) >= CREDENTIAL_KEY_LENGTH,
)
DEBUG = env.bool("DEBUG", False)
_production_needs("Turn DEBUG off.", holds=not DEBUG)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"] if EMBEDDED else [])
# How many proxies of ours stand in front: the audit trail takes the address the outermost saw.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0 if EMBEDDED else 1)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "restore_safety",
    "operations",
    "tenants",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "guardian",
    "formtools",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "django_tables2",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "restore_safety.api.answers.ApiAnswerMiddleware",
    "tenants.http.RequestIdMiddleware",
    "tenants.http.NulMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.audit_refusals.RefusalMiddleware",
    "tenants.http.SignInMiddleware",
    "tenants.http.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "restore_safety.urls"
WSGI_APPLICATION = "restore_safety.wsgi.application"
ASGI_APPLICATION = "restore_safety.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["restore_safety.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "restore_safety.navigation.navigation",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "components/table.html"

DATABASES = {
    "default": env.db_url_config(
        env.str("DATABASE_URL", "") or f"sqlite:///{HOME / 'restore-safety.sqlite3'}"
    )
}
_production_needs(
    "Set DATABASE_URL to a PostgreSQL: postgres://USER:PASSWORD@HOST:5432/NAME.",
    holds=DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql",
)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A writer takes its lock at BEGIN, so a transaction that reads first never dies upgrading.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ANONYMOUS_USER_NAME = None
LOGIN_URL = "tenants:sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "tenants:sign-in"

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
# Embedded, the files are served from where they lie; a container collects them when it is built.
STATIC_ROOT = HOME / "static" if EMBEDDED else BASE_DIR / "staticfiles"
_adminlte = find_spec("django_adminlte4")
if _adminlte is None or _adminlte.origin is None:
    raise ImproperlyConfigured("adminlte-django is missing: run `make setup`.")
# Its static files only: its templates and settings stay out.
STATICFILES_DIRS = [BASE_DIR / "static", Path(_adminlte.origin).parent / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": HOME / "uploads"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = EMBEDDED
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_TEMP_DIR = HOME / "uploads"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

SECURE_CSP = {
    "default-src": [CSP.SELF],
    # Bootstrap draws its control icons as data: images inside its own stylesheet.
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
if not EMBEDDED:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # The load balancer asks over plain HTTP from inside the network.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]

CELERY_BROKER_URL = env.str("BROKER_URL", "") or "filesystem://"
_production_needs(
    "Set BROKER_URL to the Redis that carries the queue: redis://HOST:6379/0, or rediss://.",
    holds=CELERY_BROKER_URL.startswith(("redis://", "rediss://")),
)
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT = "restore_safety.file_queue:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(HOME / "queue/messages"),
        "data_folder_out": str(HOME / "queue/messages"),
        "control_folder": str(HOME / "queue/control"),
        "processed_folder": str(HOME / "queue/processed"),
        "store_processed": False,
        "polling_interval": 0.25,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Every web process counts attempts to sign in and calls of the API in the same place.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(HOME / "cache"),
    }
    if CELERY_BROKER_URL.startswith("filesystem")
    else {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL", "") or CELERY_BROKER_URL,
        "KEY_PREFIX": "restore-safety",
    }
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A scheduler that is asked to end first sleeps this out.
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE_FILENAME = str(HOME / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "reconcile-operation-runs": {
        "task": "operations.tasks.reconcile_operation_runs",
        "schedule": schedule(env.float("RECONCILE_SECONDS", 15.0)),
    },
}

# A worker renews its lease while it works; one silent for longer than this is taken for gone.
OPERATION_LEASE_SECONDS = env.int("OPERATION_LEASE_SECONDS", 60)
# A queued run nobody has started by then is sent to the queue again (starting it is a claim).
OPERATION_REDISPATCH_SECONDS = env.int("OPERATION_REDISPATCH_SECONDS", 20)

# Where the emulator listens; only connections whose cloud is `emulator` ever go there.
GRAPH_EMULATOR_URL = env.str(
    "GRAPH_EMULATOR_URL", f"http://127.0.0.1:{PORT + 765}" if EMBEDDED else ""
)
GRAPH_TIMEOUT_SECONDS = env.float("GRAPH_TIMEOUT_SECONDS", 30.0)

# The largest zip a browser may upload, and what it may unpack to.
IMPORT_MAX_UPLOAD_BYTES = env.int("IMPORT_MAX_UPLOAD_BYTES", 50 * 1024 * 1024)

# How often one API token may call: so many times per s, m, h or d.
API_RATE = env.str("API_RATE", "600/m")

LOGGING_CONFIG = None
configure_logs(level=env.str("LOG_LEVEL", "INFO"), as_json=env.bool("LOG_JSON", not EMBEDDED))
