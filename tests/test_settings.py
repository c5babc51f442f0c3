"""Settings in processes of their own: what production needs passes, what is wrong is a sentence."""

import subprocess
import sys

import pytest

from tests.management.running import ROOT, environment, finished

PRODUCTION = {
    "SECRET_KEY": "kJ8-only-for-tests-" + "0123456789abcdef" * 4,
    "HTTPS": "true",
    "ALLOWED_HOSTS": "panel.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://panel.example.com",
    "DOLBYIO_API_URL": "",
    "DATABASE_URL": "postgres://panel:secret@127.0.0.1:9/panel",
    "CELERY_BROKER_URL": "redis://127.0.0.1:9/0",
}


def test_production_settings_pass_the_checks_for_deployment(tmp_path):
    env = environment(tmp_path, **PRODUCTION)
    done = finished("check", "--deploy", "--fail-level", "WARNING", env=env)
    assert done.returncode == 0, done.stderr


def test_every_wrong_setting_is_told_at_once_and_no_traceback(tmp_path):
    wrong = {
        "SECRET_KEY": "",
        "DATABASE_URL": "nonsense",
        "MEDIA_API_MAX_IN_FLIGHT": "abc",
        "CANCEL_MAX_BATCH": "0",
        "DOLBYIO_APP_SECERT": "x",
        "DEBUG": "perhaps",
    }
    done = finished("check", env=environment(tmp_path, **wrong))
    assert done.returncode == 1
    for name in wrong:
        assert name in done.stderr
    assert "Did you mean DOLBYIO_APP_SECRET?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_gives_what_the_environment_does_not(tmp_path):
    file = tmp_path / "panel.env"
    file.write_text("MEDIA_API_MAX_IN_FLIGHT=abc\nCANCEL_MAX_BATCH=abc\n", encoding="utf-8")
    env = environment(tmp_path, ENV_FILE=str(file), CANCEL_MAX_BATCH="10")
    done = finished("check", env=env)
    assert "MEDIA_API_MAX_IN_FLIGHT is 'abc'" in done.stderr
    assert "CANCEL_MAX_BATCH" not in done.stderr


def test_a_file_in_another_encoding_is_said(tmp_path):
    file = tmp_path / "panel.env"
    file.write_bytes("ALLOWED_HOSTS=bücher.example".encode("latin-1"))
    done = finished("check", env=environment(tmp_path, ENV_FILE=str(file)))
    assert f"{file} is not written in UTF-8." in done.stderr
    assert "Traceback" not in done.stderr


def test_the_example_file_asks_for_a_secret_key_and_for_nothing_that_is_unknown(tmp_path):
    env = environment(tmp_path, ENV_FILE=str(ROOT / ".env.example"))
    del env["SECRET_KEY"]
    done = finished("check", env=env)
    assert "SECRET_KEY is not set." in done.stderr
    assert "is no setting of this panel" not in done.stderr
    assert "identified 1 issue" in done.stderr


def test_every_setting_stands_in_the_example_file_and_in_the_readme():
    code = "from mediajobs import settings; print(*settings.ENVIRONMENT_NAMES)"
    names = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    example, readme = (ROOT / ".env.example").read_text(), (ROOT / "README.md").read_text()
    for name in set(names.stdout.split()) - {"ENV_FILE"}:
        assert f"{name}=" in example
        assert f"`{name}`" in readme


@pytest.mark.parametrize(
    "program",
    [
        ["gunicorn", "mediajobs.wsgi", "--no-control-socket", "--bind", "127.0.0.1:0"],
        ["celery", "-A", "mediajobs", "worker"],
        ["celery", "-A", "mediajobs", "beat"],
    ],
)
def test_programs_that_run_no_checks_refuse_wrong_settings_too(tmp_path, program):
    env = environment(tmp_path, DOLBYIO_APP_KEY="half", MEDIA_API_MAX_IN_FLIGHT="abc")
    done = subprocess.run(
        [sys.executable, "-m", *program],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "DOLBYIO_APP_KEY is set, DOLBYIO_APP_SECRET is not." in done.stdout + done.stderr
    assert "MEDIA_API_MAX_IN_FLIGHT is 'abc'" in done.stdout + done.stderr


@pytest.fixture
def asked(tmp_path):
    """Ask a panel without tables for a page, in a process of its own; give what it logs."""

    def ask(**request):
        code = (
            "import django; from django.conf import settings; from django.test import Client; "
            "plain = 'django.contrib.staticfiles.storage.StaticFilesStorage'; "
            "settings.STORAGES['staticfiles'] = {'BACKEND': plain}; django.setup(); "
            f"print(Client(raise_request_exception=False).get(**{request}).status_code)"
        )
        env = environment(tmp_path, DJANGO_SETTINGS_MODULE="mediajobs.settings")
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True
        )
        return done.stdout.strip(), done.stderr

    return ask


def test_an_error_that_nobody_caught_is_logged_once_with_its_traceback(asked):
    status, said = asked(path="/", HTTP_HOST="localhost", HTTP_COOKIE="sessionid=" + "a" * 32)
    assert status == "503"
    assert said.count("ERROR django.request Service Unavailable: /\n") == 1
    assert "Traceback" in said
    assert "no such table: django_session" in said


def test_what_django_finds_suspicious_is_logged(asked):
    status, said = asked(path="/", HTTP_HOST="evil.example")
    assert status == "400"
    assert "ERROR django.security.DisallowedHost Invalid HTTP_HOST header: 'evil.example'" in said
