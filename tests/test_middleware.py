"""The Content-Security-Policy on every answer."""

import re

import pytest
from django.http import HttpResponse

from mediajobs.middleware import POLICY, content_security_policy


@pytest.mark.parametrize("address", ["/", "/login/", "/healthz/", "/no-such-page"])
def test_every_answer_carries_the_policy(client, db, address):
    assert client.get(address).headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("loophole", ["unsafe-inline", "unsafe-eval", "*", "http:", "https:"])
def test_the_policy_has_no_loophole(loophole):
    assert loophole not in POLICY


def test_a_page_may_set_a_stricter_policy_of_its_own(rf):
    def page(request):
        return HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})

    answer = content_security_policy(page)(rf.get("/"))
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'"


@pytest.mark.parametrize(
    "address",
    ["/", "/mediajobs/job/", "/mediajobs/cancelbatch/", "/mediajobs/auditevent/", "/auth/user/"],
)
def test_no_page_has_anything_inline(sign_in, address):
    page = sign_in("administrator").get(address).content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", page)
