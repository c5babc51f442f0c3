"""Whose failures to sign in are counted together."""

import pytest

from mediajobs.services.accounts.lockout import address_for_axes


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1::"),
        ("2001:db8:1:3:bbbb::2", "2001:db8:1::"),
        ("2001:db8:2::1", "2001:db8:2::"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8:1:2::1]:4711", "2001:db8:1::"),
        ("[2001:db8:1:2::1]", "2001:db8:1::"),
        ("203.0.113.9:", None),
        ("fe80::1%eth0", "fe80::"),
        ("::1", "::"),
        ("unix:", None),
        ("", None),
    ],
)
def test_an_address_is_counted_for_itself_and_a_network_of_ipv6_as_one(rf, address, counted):
    assert address_for_axes(rf.get("/", REMOTE_ADDR=address)) == counted
