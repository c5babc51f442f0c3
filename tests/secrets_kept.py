"""That what was planted as a secret stands nowhere: in no table, no log, no page, no export."""

import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client

#: Session keys live here: this is the place where a cookie is looked up.
SESSIONS = "django_session"
HOST = "127.0.0.1"
LINK = re.compile(r'href="(/[^"#]*)')
MOST_PAGES, LEAST_SHOWN = 40, 10
TABLE = "/mediajobs/auditevent/export/"
MOST_ALIKE = 2  # pages whose addresses differ in numbers or queries alone


def leaks(secrets, logs):
    """Name each place where one of the secrets stands."""
    for place, text in (*tables(), *files(logs), *exports(), *pages()):
        for secret in secrets:
            if secret in text:
                yield f"A secret ({secret[:8]}…) stands in {place}."


def tables():
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            if name != SESSIONS:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
                for row in cursor.fetchall():
                    yield f"the table {name}", repr(row)


def files(logs):
    for file in logs:
        yield file, Path(file).read_text(errors="replace")


def exports():
    with TemporaryDirectory() as folder:
        file = Path(folder) / "trail.jsonl"
        call_command("audit_export", str(file), stdout=io.StringIO(), stderr=io.StringIO())
        yield "an export of the trail", file.read_text()
    for command in (["check"], ["cancel_jobs", "--status", "running", "--dry-run", "--json"]):
        said = io.StringIO()
        reason = ["--reason", "Only to see."] if command[0] == "cancel_jobs" else []
        call_command(*command, *reason, stdout=said, stderr=said)
        yield f"what {command[0]} prints", said.getvalue()


def pages():
    """Follow the links from the front page as an administrator, two pages of each kind; take the
    trail along as a table.
    """
    client = Client()
    client.force_login(User.objects.filter(groups__name="administrator")[:1].get())
    waiting, shapes, seen, shown = ["/"], {}, set(), 0
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        shape = re.sub(r"\d+", "N", address.partition("?")[0])
        if address in seen or shapes.get(shape, 0) >= MOST_ALIKE or shape.startswith("/static/"):
            continue
        shapes[shape] = shapes.get(shape, 0) + 1
        seen.add(address)
        answer = client.get(address, headers={"host": HOST})
        text = answer.content.decode(errors="replace") if not answer.streaming else ""
        yield f"the page {address}", text + repr(answer.headers)
        shown += answer.status_code == 200
        waiting += [link.replace("&amp;", "&") for link in LINK.findall(text)]
    assert shown >= LEAST_SHOWN, f"Of {len(seen)} pages {shown} could be seen."
    table = client.post(TABLE, {"format": "csv"}, headers={"host": HOST})
    yield "the trail as a table", b"".join(table).decode()
