"""Who runs a command, and how what the system names is written where text alone is taken."""

import getpass
import os


def account() -> str:
    """Name the account that runs this; a container's may have no name."""
    try:
        return as_text(getpass.getuser())
    except (KeyError, OSError):
        return str(os.getuid())


def as_text(name: str) -> str:
    """Write a name of the system, which may hold any bytes, with those that are no text escaped."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
