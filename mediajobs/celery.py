"""The engine: wakes the workers and keeps the time. What is to do stands in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediajobs.settings")

app = Celery("mediajobs")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["mediajobs"])
