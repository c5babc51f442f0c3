"""Locking out who guesses passwords: a name from an address and, much later, from anywhere.

What `axes` asks of us in the settings: how failures are counted, and whose they are.
"""

import re
from ipaddress import IPv6Network, ip_address
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest

from mediajobs.services.accounts import sign_in
from mediajobs.services.audit import Actor, address_of

#: A name is locked from anywhere after as many failures as lock it from so many addresses. A
#: few addresses cannot keep its owner out then, and many cannot guess for ever.
ADDRESSES = 10
#: The network that a provider may give to one customer: its addresses are one.
IPV6_PREFIX = 48
WITH_PORT = re.compile(r"\[(?P<six>[^]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+", re.ASCII)
NAME_LENGTH = 150


class Lockout(AxesDatabaseHandler):
    """Counts failures by name and address, and by name alone; puts them on record."""

    def get_failures(self, request: HttpRequest, credentials: dict | None = None) -> int:
        """Give the failures that count here and now against AXES_FAILURE_LIMIT."""
        of_pair, of_name = self.counts(request, credentials)
        return max(of_pair, of_name // ADDRESSES)

    def counts(self, request: HttpRequest, credentials: dict | None) -> list[int]:
        """Give the failures of the cool-off time in the order of AXES_LOCKOUT_PARAMETERS."""
        return [
            attempts.aggregate(count=Sum("failures_since_start"))["count"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        ]

    def reset_user_attempts(self, request: HttpRequest, credentials: dict | None = None) -> int:
        """Forget the failures from the address of whoever signed in; not those from elsewhere."""
        of_pair, _ = self.filter_user_attempts(request, credentials)
        count, _ = of_pair.delete()
        return count

    @transaction.atomic
    def user_login_failed(
        self, sender: Any, credentials: dict, request: HttpRequest, **others: Any
    ) -> None:
        """Count a try that failed and record it; one by somebody locked out is only counted."""
        name = sign_in.name_on_record(name_for_axes(request, credentials))
        by = Actor.unproven(name, request)
        was_locked = request.axes_locked_out
        super().user_login_failed(sender, credentials, request, **others)
        if was_locked:
            sign_in.refused_tries.note(by)
            return
        sign_in.failed(by)
        if words := lockout_words(*self.counts(request, credentials)):
            sign_in.locked_out(by, words)


def lockout_words(of_pair: int, of_name: int) -> str:
    """Say what the newest failure locked, if it was the one that did.

    Those that were under way with it come after the limit, and lock nothing more.
    """
    limit = settings.AXES_FAILURE_LIMIT
    if of_name == limit * ADDRESSES:
        count, place = of_name, "any address"
    elif of_pair == limit:
        count, place = of_pair, "this address"
    else:
        return ""
    minutes = settings.AXES_COOLOFF_TIME.total_seconds() / 60
    return f"{count} failed tries; from {place} this name is refused for {minutes:.0f} minutes."


def name_for_axes(request: HttpRequest, credentials: dict | None) -> str:
    """Name whom somebody tries to be, cut to the length that a name may have."""
    name = (credentials or request.POST).get("username") or ""
    return name[:NAME_LENGTH]


def address_for_axes(request: HttpRequest) -> str | None:
    """Name whose failures are counted together: the trail's address, or None for a socket's."""
    try:
        address = ip_address(without_port(address_of(request)))
    except ValueError:
        return None
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), IPV6_PREFIX), strict=False).network_address)


def without_port(address: str) -> str:
    """Drop the port that some proxies add, new with each connection."""
    found = WITH_PORT.fullmatch(address)
    return found["six"] or found["four"] if found else address
