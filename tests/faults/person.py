"""A person at the panel, with a browser that runs no script."""

import re

import requests

from tests.running import PASSWORD

SECONDS = 60
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
ROW = re.compile(r'name="_selected_action" value="(\d+)"')
ALL = {"action": "cancel_selected", "index": "0", "select_across": "1"}
WHY = {"category": "stuck", "reason": "It hangs."}


class Person:
    """Signs in, opens pages and presses their buttons."""

    def __init__(self, url, name):
        self._url, self._session = url, requests.Session()
        form = self.form("/login/")
        self.press("/login/", form, username=name, password=PASSWORD)
        self.cookie = self._session.cookies["sessionid"]

    def open(self, address):
        answer = self._session.get(self._url + address, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.text

    def form(self, address):
        """Open a page; return what its forms carry along."""
        return dict(HIDDEN.findall(self.open(address)))

    def press(self, address, form, **typed):
        answer = self._session.post(
            self._url + address, form | typed, allow_redirects=False, timeout=SECONDS
        )
        assert answer.status_code < 500, answer.text
        return answer

    def draft_all(self):
        """Select all jobs for cancellation; return the address of the draft."""
        page = self.open("/mediajobs/job/")
        form = dict(HIDDEN.findall(page)) | ALL
        answer = self.press("/mediajobs/job/", form, _selected_action=ROW.search(page)[1])
        return answer.headers["Location"].removesuffix("change/")

    def confirm(self, draft, form):
        return self.press(f"{draft}confirm/", form, **WHY)
