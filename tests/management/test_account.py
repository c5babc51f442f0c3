"""The account that a command names in the trail."""

import getpass
import os

from mediajobs.management.account import account


def test_the_account_is_named():
    assert account() == getpass.getuser()


def test_an_account_without_a_name_is_named_by_its_number(monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987_654)
    assert account() == "987654"
