#!/usr/bin/env python
"""The shell's door: `python manage.py help` lists what can be done."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediajobs.settings")
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        # Pressed before the command minds it itself.
        sys.exit(130)
