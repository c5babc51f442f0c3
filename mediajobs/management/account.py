"""Who runs a command."""

import getpass
import os


def account() -> str:
    """Name the account that runs this; a container's may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
