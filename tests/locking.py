"""Somebody else holds what a delivery is to be written to; and how long this thread waits."""

import sqlite3
from contextlib import closing, contextmanager

import psycopg
from django.db import connection


def wait_at_most(seconds):
    """Let this thread's connection, while it lasts, wait no longer for a lock."""
    milliseconds = int(seconds * 1000)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")
        else:
            cursor.execute(f"SET lock_timeout = {milliseconds}")


@contextmanager
def held(table):
    """Hold the table; SQLite has one lock for all."""
    with other_connection() as other:
        if connection.vendor == "sqlite":
            other.execute("BEGIN IMMEDIATE")
        else:
            other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def other_connection():
    if connection.vendor == "sqlite":
        name = connection.settings_dict["NAME"]
        return closing(sqlite3.connect(name, isolation_level=None, check_same_thread=False))
    about = connection.get_connection_params()
    wanted = ("dbname", "user", "host", "port", "password")
    return psycopg.connect(**{name: about[name] for name in wanted if name in about})
