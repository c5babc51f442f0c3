"""The web server's door: what it refuses before Django makes a request of it."""

from importlib import import_module, reload
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from mediajobs import guard
from mediajobs.middleware import only_utf8


@pytest.fixture
def application(panel_settings, db):
    """What a web server serves; it looks at the folder of static files when it is made."""
    return import_module("mediajobs.wsgi").application


def asked(door, content_type):
    """Ask for the page to sign in; give the status and the body."""
    environ = {"PATH_INFO": "/login/", "QUERY_STRING": "next=x", "CONTENT_TYPE": content_type}
    setup_testing_defaults(environ)
    statuses = []
    body = b"".join(door(environ, lambda status, headers: statuses.append(status)))
    return statuses[0], body.decode()


@pytest.mark.parametrize(
    "content_type",
    [
        *(f"text/plain; charset={name}" for name in ("hex", "punycode", "undefined", "no-such")),
        'multipart/form-data; boundary=x; charset="unicode_escape"',
        "application/x-www-form-urlencoded; charset=latin-1",
        "text/plain; charset*=utf-8''hex",
        "text/plain; charset*=no-such''utf-8",
    ],
)
def test_a_charset_other_than_utf_8_is_refused_in_a_sentence(application, content_type):
    status, said = asked(application, content_type)
    assert status == "415 Unsupported Media Type"
    assert said.startswith("This panel reads UTF-8 alone.")


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "text/plain; charset=UTF-8", 'text/plain; charset="utf-8"']
)
def test_utf_8_and_no_charset_are_let_in(content_type):
    def behind(environ, start_response):
        start_response("200 OK", [])
        return [b"let in"]

    assert asked(only_utf8(behind), content_type) == ("200 OK", "let in")


def test_a_panel_whose_trail_could_be_changed_is_not_served(application):
    guard.remove(guard.LINKS)
    with pytest.raises(ImproperlyConfigured, match="would let the trail be changed"):
        reload(import_module("mediajobs.wsgi"))


def rename(*tables):
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} RENAME TO hidden_{table}")


@pytest.mark.usefixtures("panel_settings", "db")
def test_a_view_in_the_place_of_a_table_of_the_trail_keeps_the_server_from_starting():
    rename(guard.EVENTS)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE VIEW {guard.EVENTS} AS SELECT * FROM hidden_{guard.EVENTS}")
    with pytest.raises(ImproperlyConfigured, match="would let the trail be changed"):
        reload(import_module("mediajobs.wsgi"))


@pytest.mark.usefixtures("panel_settings", "db")
def test_a_database_that_was_never_migrated_does_not_keep_the_server_from_starting():
    rename(*guard.TABLES)
    reload(import_module("mediajobs.wsgi"))
