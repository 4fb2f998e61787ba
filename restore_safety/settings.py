"""Every setting of the product, read from the environment.

Two profiles: `embedded` (the default: SQLite, a file queue, the Graph emulator; no server needed)
and `production` (PostgreSQL, Redis, TLS in front; whatever falls short of that stops the start).
"""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from restore_safety.broker import cache, is_in_files, transport_options
from restore_safety.environment import (
    BASE_DIR,
    EMBEDDED,
    HOME,
    env,
    production_needs,
    secret,
    seed_of,
)
from restore_safety.logs import configure as configure_logs
from restore_safety.mail import mailers
from restore_safety.ports import UnusablePortError, emulator_port_of, port_of

try:
    PORT = port_of(env.str("PORT", "8000"))
except UnusablePortError as error:
    raise ImproperlyConfigured(str(error)) from error
# A production key shorter than this is guessed, or was typed by hand.
SECRET_KEY_LENGTH = 50
CREDENTIAL_KEY_LENGTH = 32
SIGNING_SEED_LENGTH = 32


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


SECRET_KEY = secret("SECRET_KEY")
production_needs(
    f"Give SECRET_KEY at least {SECRET_KEY_LENGTH} characters.",
    holds=len(SECRET_KEY) >= SECRET_KEY_LENGTH,
)
# Provider credentials are encrypted with the first key and read with any: prepend one to rotate.
CREDENTIAL_KEYS = secret("CREDENTIAL_KEYS").split(",")
production_needs(
    f"Give each of CREDENTIAL_KEYS at least {CREDENTIAL_KEY_LENGTH} characters.",
    holds=min(map(len, CREDENTIAL_KEYS)) >= CREDENTIAL_KEY_LENGTH,
)
# Evidence receipts are signed with the Ed25519 key of this seed; who holds it can sign anything.
RECEIPT_SIGNING_KEY = seed_of(secret("RECEIPT_SIGNING_KEY", size=SIGNING_SEED_LENGTH))
if len(RECEIPT_SIGNING_KEY) != SIGNING_SEED_LENGTH:
    raise ImproperlyConfigured(f"Give RECEIPT_SIGNING_KEY {SIGNING_SEED_LENGTH} bytes in base64.")
DEBUG = env.bool("DEBUG", False)
production_needs("Turn DEBUG off.", holds=not DEBUG)
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
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "restore_safety.api.answers.ApiAnswerMiddleware",
    "tenants.web.http.RequestIdMiddleware",
    "tenants.web.http.NulMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.web.http.FreshMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.audit.refusals.RefusalMiddleware",
    "tenants.web.http.SignInMiddleware",
    "tenants.web.http.TimeZoneMiddleware",
    "tenants.web.http.LegibleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
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
            "builtins": ["tenants.templatetags.ui"],
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
DJANGO_TABLES2_TABLE_ATTRS = {"class": "table rs-table rs-table-cards"}

DATABASES = {
    "default": env.db_url_config(
        env.str("DATABASE_URL", "") or f"sqlite:///{HOME / 'restore-safety.sqlite3'}"
    )
}
production_needs(
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
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
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

# Signing in is allauth's; what it may do and say here is decided in tenants/sign_in.
ACCOUNT_ADAPTER = "tenants.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Restore Safety: "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if EMBEDDED else "https"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "tenants.sign_in.forms.SignInForm",
    "reauthenticate": "tenants.sign_in.forms.PasswordProofForm",
    "change_password": "tenants.sign_in.forms.PasswordChangeForm",
    "set_password": "tenants.sign_in.forms.PasswordSetForm",
    "reset_password": "tenants.sign_in.forms.PasswordResetForm",
    "reset_password_from_key": "tenants.sign_in.forms.NewPasswordForm",
}
MFA_ADAPTER = "tenants.sign_in.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Restore Safety"
# A code typed as it changes still counts, and a clock may be one step off (RFC 6238, 5.2 and 6).
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "tenants.sign_in.forms.CodeForm",
    "authenticate_webauthn": "tenants.sign_in.forms.SecondPasskeyForm",
    "reauthenticate": "tenants.sign_in.forms.CodeProofForm",
    "reauthenticate_webauthn": "tenants.sign_in.forms.PasskeyProofForm",
    "login_webauthn": "tenants.sign_in.forms.PasskeySignInForm",
    "activate_totp": "tenants.sign_in.forms.AppForm",
    "add_webauthn": "tenants.sign_in.forms.PasskeyForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SOCIALACCOUNT_ADAPTER = "tenants.sign_in.adapters.ConnectedAccountAdapter"
# The provider's word for an address is not enough to sign in.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False

# How recent the proof of a person's identity has to be where a real restore is queued.
REAUTHENTICATION_MINUTES = env.int("REAUTHENTICATION_MINUTES", 15)
if REAUTHENTICATION_MINUTES < 1:
    raise ImproperlyConfigured("Give REAUTHENTICATION_MINUTES at least 1 minute.")
ACCOUNT_REAUTHENTICATION_TIMEOUT = REAUTHENTICATION_MINUTES * 60
SESSION_HOURS = env.int("SESSION_HOURS", 12)
if SESSION_HOURS < 1:
    raise ImproperlyConfigured("Give SESSION_HOURS at least 1 hour.")

# The directory people may sign in with beside their password; without these there is none.
OIDC_TENANT_ID = env.str("OIDC_TENANT_ID", "")
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", "") or (
    f"https://login.microsoftonline.com/{OIDC_TENANT_ID}/v2.0" if OIDC_TENANT_ID else ""
)
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", "")
OIDC_NAME = env.str("OIDC_NAME", "") or "Microsoft Entra"
_oidc = (OIDC_SERVER_URL, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)
if any(_oidc) and not all(_oidc):
    raise ImproperlyConfigured(
        "Set OIDC_TENANT_ID (or OIDC_SERVER_URL), OIDC_CLIENT_ID and OIDC_CLIENT_SECRET together."
    )
if OIDC_TENANT_ID.lower() in {"common", "organizations", "consumers"}:
    raise ImproperlyConfigured("Set OIDC_TENANT_ID to one directory: its id or its domain.")
production_needs(
    "Give OIDC_SERVER_URL as https://.",
    holds=not OIDC_SERVER_URL or OIDC_SERVER_URL.startswith("https://"),
)
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "SCOPE": ["openid", "profile"],
        "APPS": [
            {
                "provider_id": "entra",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {
                    "server_url": OIDC_SERVER_URL,
                    "fetch_userinfo": False,
                    "uid_field": "uid",
                },
            }
        ]
        if all(_oidc)
        else [],
    }
}

EMAIL_URL = env.str("EMAIL_URL", "")
# A forgotten password is reset by mail, so only where mail leaves the house (or a demo keeps it).
MAIL_IS_SENT = bool(EMAIL_URL) or EMBEDDED
MAILERS = mailers(EMAIL_URL)
if not MAILERS:
    # The check misses a mailer. None is meant: no page offers to send anything.
    SILENCED_SYSTEM_CHECKS = ["mail.W001"]
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "") or "restore-safety@localhost"

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
    # Browsers hold the way to the directory against this too: the button posts, then it leads on.
    "form-action": [CSP.SELF, *([_origin_of(OIDC_SERVER_URL)] if OIDC_SERVER_URL else [])],
    "frame-ancestors": [CSP.NONE],
}
# No page needs a device; passkeys are this site's own.
PERMISSIONS_POLICY: dict[str, str | list[str]] = {
    "accelerometer": [],
    "camera": [],
    "display-capture": [],
    "geolocation": [],
    "gyroscope": [],
    "magnetometer": [],
    "microphone": [],
    "midi": [],
    "payment": [],
    "usb": [],
    "publickey-credentials-create": "self",
    "publickey-credentials-get": "self",
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
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
production_needs(
    "Set BROKER_URL to the Redis that carries the queue: redis://HOST:6379/0, or rediss://.",
    holds=CELERY_BROKER_URL.startswith(("redis://", "rediss://")),
)
if is_in_files(CELERY_BROKER_URL):
    CELERY_BROKER_TRANSPORT = "restore_safety.file_queue:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS = transport_options(CELERY_BROKER_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker waits for the queue for as long as it takes; it never ends over it.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Every web process counts attempts to sign in and calls of the API in the same place.
CACHES = {"default": cache(CELERY_BROKER_URL, address=env.str("CACHE_URL", ""))}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# A worker renews its lease while it works; one silent for longer than this is taken for gone.
OPERATION_LEASE_SECONDS = env.int("OPERATION_LEASE_SECONDS", 60)
# What no worker has started by then is sent to the queue again (starting it is a claim).
OPERATION_REDISPATCH_SECONDS = env.int("OPERATION_REDISPATCH_SECONDS", 20)
# How long the recovery process rests between two rounds.
RECONCILE_SECONDS = env.float("RECONCILE_SECONDS", 15.0)

# Where the emulator listens; only connections whose cloud is `emulator` ever go there.
GRAPH_EMULATOR_URL = env.str(
    "GRAPH_EMULATOR_URL", f"http://127.0.0.1:{emulator_port_of(PORT)}" if EMBEDDED else ""
)
# Within this time the lists of Graph show an object that was created: far more than they take.
CREATE_VISIBLE_WITHIN_SECONDS = env.float("CREATE_VISIBLE_WITHIN_SECONDS", 120.0)
# Within this time Graph has applied a request whose answer was lost, or never will.
REQUEST_APPLIED_WITHIN_SECONDS = env.float("REQUEST_APPLIED_WITHIN_SECONDS", 600.0)
GRAPH_TIMEOUT_SECONDS = env.float("GRAPH_TIMEOUT_SECONDS", 30.0)

# The largest zip a browser may upload, and what it may unpack to.
IMPORT_MAX_UPLOAD_BYTES = env.int("IMPORT_MAX_UPLOAD_BYTES", 50 * 1024 * 1024)

# How often one API token may call: so many times per s, m, h or d.
API_RATE = env.str("API_RATE", "600/m")

LOGGING_CONFIG = None
configure_logs(level=env.str("LOG_LEVEL", "INFO"), as_json=env.bool("LOG_JSON", not EMBEDDED))
