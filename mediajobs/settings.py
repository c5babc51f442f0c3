"""All settings, read from the environment and from `.env`; nothing else reads the environment."""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

env = environ.Env()
env.read_env(BASE_DIR / ".env")

SECRET_KEY = env.str("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "mediajobs.apps.PanelAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "mediajobs",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mediajobs.middleware.content_security_policy",
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
    config = env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'panel.sqlite3'}")
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;"
            ),
        }
    else:
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
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
HTTPS = env.bool("HTTPS", default=False)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"

# More ticked rows than this never arrive in one form: the list shows at most 200.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
INTAKE_MAX_FILE_BYTES = 10 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = INTAKE_MAX_FILE_BYTES + 1024 * 1024

DOLBYIO_API_URL = env.str("DOLBYIO_API_URL", default="https://api.dolby.com").rstrip("/")
DOLBYIO_AUTH_URL = env.str("DOLBYIO_AUTH_URL", default="https://api.dolby.io/v1/auth/token")
DOLBYIO_API_TOKEN = env.str("DOLBYIO_API_TOKEN", default="")
DOLBYIO_APP_KEY = env.str("DOLBYIO_APP_KEY", default="")
DOLBYIO_APP_SECRET = env.str("DOLBYIO_APP_SECRET", default="")
MEDIA_API_MAX_IN_FLIGHT = env.int("MEDIA_API_MAX_IN_FLIGHT", default=32)
MEDIA_API_MAX_PER_SECOND = env.int("MEDIA_API_MAX_PER_SECOND", default=50)

CANCEL_MAX_BATCH = env.int("CANCEL_MAX_BATCH", default=100_000)
CANCEL_UNCONFIRMED_SECONDS = env.int("CANCEL_UNCONFIRMED_SECONDS", default=600)

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="") or "filesystem://"
CELERY_QUEUE_DIR = Path(env.str("CELERY_QUEUE_DIR", default="") or VAR_DIR / "queue")
CELERY_BROKER_TRANSPORT_OPTIONS: dict = {}
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_QUEUE_DIR.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": CELERY_QUEUE_DIR,
        "data_folder_out": CELERY_QUEUE_DIR,
        "control_folder": CELERY_QUEUE_DIR / "control",
        "polling_interval": 0.1,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = 4
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A signal that nobody took before the next one comes is of no use any more.
CELERY_BEAT_SCHEDULE = {
    name: {
        "task": f"mediajobs.{name}",
        "schedule": seconds,
        "options": {"expires": seconds, "ignore_result": True},
    }
    for name, seconds in {
        "beat": 5.0,
        "verify": 2.0,
        "rescue": 5.0,
        "refresh_active": 10.0,
        "drop_forgotten": 3600.0,
    }.items()
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"mediajobs": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
}
