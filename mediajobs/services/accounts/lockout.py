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
from django.utils import timezone
from django.utils.crypto import salted_hmac

from mediajobs.models import AuditEvent, AuditKind
from mediajobs.services.accounts import sign_in
from mediajobs.services.audit import Actor, address_of

#: A name is locked from anywhere after as many failures as lock it from so many addresses. A
#: few addresses cannot keep its owner out then, and many cannot guess for ever.
ADDRESSES = 10
#: The network that a provider may give to one customer: its addresses are one.
IPV6_PREFIX = 48
ANYWHERE = "any address"
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
        by = Actor.unproven(sign_in.name_on_record(typed_name(request, credentials)), request)
        was_locked = request.axes_locked_out
        super().user_login_failed(sender, credentials, request, **others)
        if was_locked:
            sign_in.refused_tries.note(by)
        else:
            sign_in.failed(by)
        tell_lock_out(by, *self.counts(request, credentials), was_locked=was_locked)


def tell_lock_out(by: Actor, of_pair: int, of_name: int, *, was_locked: bool) -> None:
    """Record what the newest failure locked.

    Of failures at the same moment none may see the one that reaches the limit: whatever comes
    after them records what is not on record then.
    """
    most = settings.AXES_FAILURE_LIMIT
    if of_name >= most * ADDRESSES:
        count, most, place = of_name, most * ADDRESSES, ANYWHERE
    elif of_pair >= most:
        count, place = of_pair, "this address"
    else:
        return
    if (count == most and not was_locked) or not is_on_record(by, place):
        minutes = settings.AXES_COOLOFF_TIME.total_seconds() / 60
        words = f"from {place} this name is refused for {minutes:.0f} minutes."
        sign_in.locked_out(by, f"{count} failed tries; {words}")


def is_on_record(by: Actor, place: str) -> bool:
    """Whether a lock-out of this name, from there, was told within the cool-off time."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    told = AuditEvent.objects.filter(
        kind=AuditKind.USER_LOCKED_OUT, actor=by.name, at__gt=since
    ).order_by()
    if place == ANYWHERE:
        return told.filter(detail__contains=ANYWHERE).exists()
    mine = counted_address(by.address)
    return any(counted_address(each) == mine for each in told.values_list("address", flat=True))


def typed_name(request: HttpRequest, credentials: dict | None) -> str:
    """Give what somebody typed as a name, cut to the length that a name may have."""
    name = (credentials or request.POST).get("username") or ""
    return name[:NAME_LENGTH]


def name_for_axes(request: HttpRequest, credentials: dict | None) -> str:
    """Name whom somebody tries to be; what may be a password, as nobody has the name, is hashed."""
    name = typed_name(request, credentials)
    if sign_in.name_on_record(name) == name:
        return name
    return salted_hmac("mediajobs.lockout", name, algorithm="sha256").hexdigest()


def address_for_axes(request: HttpRequest) -> str | None:
    """Name whose failures are counted together: the trail's address, or None for a socket's."""
    return counted_address(address_of(request))


def counted_address(text: str) -> str | None:
    try:
        address = ip_address(without_port(text))
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
