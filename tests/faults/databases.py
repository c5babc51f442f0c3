"""Databases of the drills' own, of either kind: made once with tables and users, then copied."""

import contextlib
import sqlite3
import uuid

import psycopg

OPEN_TRANSACTIONS = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


class Files:
    """SQLite: a database is a file."""

    def __init__(self, folder):
        self._folder = folder

    def make(self):
        """Name a new database by its URL."""
        return f"sqlite:///{self._folder}/{uuid.uuid4().hex}.sqlite3"

    def copy(self, url):
        new = self.make()
        with self._open(url) as old, self._open(new) as copy:
            old.backup(copy)
        return new

    def rows(self, url, sql):
        with self._open(url) as connection:
            return connection.execute(sql).fetchall()

    def is_held(self, url):
        with self._open(url) as connection:
            connection.execute("PRAGMA busy_timeout = 300")
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            connection.rollback()
            return False

    def drop(self, url):
        """Leave it to whoever removes the folder."""

    def _open(self, url):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60)
        return contextlib.closing(connection)


class Server:
    """PostgreSQL: a database is made on a server."""

    def __init__(self, user, password, host, port):
        self._address = f"postgres://{user}:{password}@{host}:{port}"

    def make(self, template="template1"):
        name = f"drill_{uuid.uuid4().hex}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"{self._address}/{name}"

    def copy(self, url):
        return self.make(url.rpartition("/")[2])

    def rows(self, url, sql):
        with psycopg.connect(url, connect_timeout=5) as connection:
            return connection.execute(sql).fetchall()

    def is_held(self, url):
        return bool(self.rows(url, OPEN_TRANSACTIONS))

    def drop(self, url):
        self._do(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def _do(self, sql):
        with psycopg.connect(f"{self._address}/postgres", autocommit=True) as connection:
            connection.execute(sql)


def of_this_run(default, folder):
    """Give databases of the kind that `default`, the entry of settings.DATABASES, is."""
    if default["ENGINE"].endswith("sqlite3"):
        return Files(folder)
    # Where nobody asks for a password, this one is looked for afterwards where it must not be.
    password = default["PASSWORD"] or "planted-database-password"
    user, host = default["USER"] or "postgres", default["HOST"] or "127.0.0.1"
    return Server(user, password, host, default["PORT"] or 5432)
