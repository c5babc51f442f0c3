"""The web server's door."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import connection

from mediajobs import checks
from mediajobs.middleware import only_utf8

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediajobs.settings")

application = only_utf8(get_wsgi_application())

# A web server runs no system checks; better no panel than one on half of its settings, or one
# whose trail could be changed.
if problems := checks.problems() or checks.unguarded():
    raise ImproperlyConfigured(problems)
if not connection.in_atomic_block:
    connection.close()
