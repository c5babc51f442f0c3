"""All settings, read from the environment and from `.env`; nothing else reads the environment."""

import os
from datetime import timedelta
from pathlib import Path

from environ import Env

from mediajobs.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent

env = ENVIRONMENT = Environment(os.environ)
ENV_FILE = Path(env.text("ENV_FILE", str(BASE_DIR / ".env")))
try:
    Env.read_env(ENV_FILE)
except UnicodeDecodeError:
    env.problems.append(f"{ENV_FILE} is not written in UTF-8. Save it as UTF-8.")

VAR_DIR = env.folder("VAR_DIR", BASE_DIR / "var")

SECRET_KEY = env.text("SECRET_KEY")
DEBUG = env.flag("DEBUG")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "mediajobs.apps.PanelAdminConfig",
    # Before Django's own, whose commands for accounts ours put on record.
    "mediajobs",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
]

MIDDLEWARE = [
    "mediajobs.api.problems.for_machines",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mediajobs.middleware.content_security_policy",
    "mediajobs.counts.tell_counts",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "mediajobs.urls"
WSGI_APPLICATION = "mediajobs.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def database() -> dict:
    """Read DATABASE_URL; SQLite gets what several processes on one file need."""
    config = env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'panel.sqlite3'}")
    if config.get("ENGINE") == "django.db.backends.sqlite3":
        if config["NAME"] != ":memory:":
            config["NAME"] = str(BASE_DIR / config["NAME"])
        config["CONN_MAX_AGE"] = 60
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            # By each thread: a statement of many rows, as long as it is kept, keeps their values.
            "cached_statements": 24,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;"
                # In KiB, and by each thread too; the system keeps what is read often.
                "PRAGMA cache_size=-1000;"
            ),
        }
    elif config:
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
        # Compiling a query takes PostgreSQL longer than any of ours runs; and neither end waits
        # for hours for one that has vanished.
        own = {
            "connect_timeout": 5,
            "options": "-c jit=off -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10",
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "tcp_user_timeout": 30_000,
        }
        config["OPTIONS"] = own | config.get("OPTIONS", {})
    return config


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"

# Guessing of passwords: what locks out, and for how long, is in services/accounts/lockout.py.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_HANDLER = "mediajobs.services.accounts.lockout.Lockout"
AXES_CLIENT_IP_CALLABLE = "mediajobs.services.accounts.lockout.address_for_axes"
AXES_USERNAME_CALLABLE = "mediajobs.services.accounts.lockout.name_for_axes"
AXES_LOCKOUT_CALLABLE = "mediajobs.views.locked_out"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "username"]
AXES_RESET_ON_SUCCESS = True
# Whoever is locked out and tries on is neither stored nor locked out for longer.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# The trail is the record, and the only one.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
    }

# A panel behind https sets HTTPS=true; without it cookies and HSTS must not demand https.
HTTPS = env.flag("HTTPS")
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_SECURE = HTTPS
# Health checks come from within, where there is no proxy that speaks https.
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# More ticked rows than this never arrive in one form: the list shows at most 200.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
INTAKE_MAX_FILE_BYTES = 10 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = INTAKE_MAX_FILE_BYTES + 1024 * 1024

DOLBYIO_API_URL = env.text("DOLBYIO_API_URL", "https://api.dolby.com").rstrip("/")
DOLBYIO_AUTH_URL = env.text("DOLBYIO_AUTH_URL", "https://api.dolby.io/v1/auth/token")
DOLBYIO_API_TOKEN = env.text("DOLBYIO_API_TOKEN")
DOLBYIO_APP_KEY = env.text("DOLBYIO_APP_KEY")
DOLBYIO_APP_SECRET = env.text("DOLBYIO_APP_SECRET")
MEDIA_API_MAX_IN_FLIGHT = env.number("MEDIA_API_MAX_IN_FLIGHT", 32)
MEDIA_API_MAX_PER_SECOND = env.number("MEDIA_API_MAX_PER_SECOND", 50)
MEDIA_API_MAX_RETRY_AFTER = env.number("MEDIA_API_MAX_RETRY_AFTER", 300)
# What comes with a delivery of the webhook; the first is registered, each is accepted.
MEDIA_WEBHOOK_SECRETS = env.words("MEDIA_WEBHOOK_SECRETS", [])

CANCEL_MAX_BATCH = env.number("CANCEL_MAX_BATCH", 100_000)
CANCEL_UNCONFIRMED_SECONDS = env.number("CANCEL_UNCONFIRMED_SECONDS", 600)
CANCEL_LEASE_SECONDS = env.number("CANCEL_LEASE_SECONDS", 60)

# Who is told of what becomes of a cancellation, and through what.
PANEL_URL = env.text("PANEL_URL").rstrip("/")
mail = env.mail("EMAIL_URL")
vars().update(mail)
if mail.get("EMAIL_BACKEND", "").endswith(".smtp.EmailBackend"):
    EMAIL_BACKEND = "mediajobs.remote.mail.TimedBackend"
MAIL_IS_CONFIGURED = bool(mail)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL")
NOTICE_URLS = env.words("NOTICE_URLS", [])
NOTICE_SECRET = env.text("NOTICE_SECRET")
NOTICE_ALLOW_PRIVATE = env.flag("NOTICE_ALLOW_PRIVATE")
# What makes the trail evidence; keys are Ed25519 ones of 32 bytes.
AUDIT_SIGNING_KEY = env.secret_bytes("AUDIT_SIGNING_KEY", 32)
AUDIT_PUBLIC_KEYS = env.public_bytes("AUDIT_PUBLIC_KEYS", 32)
AUDIT_SIGNED_FROM = env.number("AUDIT_SIGNED_FROM", 1)
AUDIT_ANCHOR_FILE = env.text("AUDIT_ANCHOR_FILE")
AUDIT_ANCHOR_URL = env.text("AUDIT_ANCHOR_URL")
AUDIT_KEEP_DAYS = env.number("AUDIT_KEEP_DAYS", 400)

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", "filesystem://localhost//")
CELERY_BROKER_TRANSPORT_OPTIONS: dict = {}
# Where workers share one rate: the broker will do, if it is a Redis.
MEDIA_API_RATE_URL = env.text(
    "MEDIA_API_RATE_URL", CELERY_BROKER_URL if CELERY_BROKER_URL.startswith("redis") else ""
)
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_QUEUE_DIR = env.folder("CELERY_QUEUE_DIR", VAR_DIR / "queue")
    CELERY_BROKER_TRANSPORT = "mediajobs.folder_queue:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": CELERY_QUEUE_DIR,
        "data_folder_out": CELERY_QUEUE_DIR,
        "control_folder": CELERY_QUEUE_DIR / "control",
        "polling_interval": 0.1,
    }
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
else:
    # Who confirms a cancellation does not wait for a broker that is away: the sweep finds it.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 1, "interval_start": 0.1}
    if CELERY_BROKER_URL.startswith("redis"):
        # Longer than a worker's own wait for a message, which is a second.
        CELERY_BROKER_TRANSPORT_OPTIONS |= {"socket_connect_timeout": 3, "socket_timeout": 3}
        # A worker that acknowledges to a Redis which has died just then ends itself. Nothing is
        # lost without: the sweep finds in the database what a message was about.
        CELERY_BROKER_TRANSPORT_OPTIONS |= {"ack_emulation": False}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = 16
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A signal that nobody took for so long is of no use any more; it may have to wait for a turn.
CELERY_BEAT_SCHEDULE = {
    name: {
        "task": f"mediajobs.{name}",
        "schedule": seconds,
        "options": {"expires": max(seconds, 30.0), "ignore_result": True},
    }
    for name, seconds in {
        "beat": 5.0,
        "seal": 1.0,
        "checkpoint": 300.0,
        "verify": 2.0,
        "rescue": 5.0,
        "refresh_active": 10.0,
        "discover": 10.0,
        "follow_deliveries": 1.0,
        "send_notices": 5.0,
        "drop_forgotten": 3600.0,
        "drop_answers": 3600.0,
        "drop_old_deliveries": 3600.0,
    }.items()
}
CELERY_BEAT_SCHEDULER = "mediajobs.clock.Clock"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

#: What the environment says that cannot be read, and names in it that look misspelt.
ENVIRONMENT_NAMES = frozenset(env.names)
ENVIRONMENT_PROBLEMS = env.problems
ENVIRONMENT_MISSPELT = env.misspelt(
    ("DOLBYIO_", "MEDIA_API_", "MEDIA_WEBHOOK_", "CANCEL_", "NOTICE_", "EMAIL_", "AUDIT_"),
    # The secrets of other apps, whose names somebody else chose.
    but=r"DOLBYIO_[A-Z0-9_]+_(API_TOKEN|APP_KEY|APP_SECRET)",
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "mediajobs.log_lines.LogLine",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "filters": {"unexpected": {"()": "mediajobs.log_lines.Unexpected"}},
    "handlers": {
        "stderr": {"filters": ["unexpected"], "class": "logging.StreamHandler", "formatter": "line"}
    },
    "loggers": {
        name: {"handlers": ["stderr"], "level": level, "propagate": False}
        for name, level in {
            "mediajobs": "INFO",
            "django.request": "ERROR",
            "django.security": "WARNING",
            "axes": "ERROR",
        }.items()
    },
}
