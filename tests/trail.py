"""Meddling with the trail as somebody with the password of the database could."""

from django.db import connection, transaction


def execute(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
