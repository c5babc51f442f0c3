"""A hundred thousand jobs through the real web server: chosen, frozen, confirmed, watched."""

import statistics
import time

import requests

from mediajobs.management.panel import programs
from tests.benchmarks.command import run
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import BEAT, DATABASES, WORKER, panel
from tests.running import PASSWORD, wait_until

MOST_TO_PAGE = {"SQLite": 2.0, "PostgreSQL": 3.0}
MOST_TO_CONFIRM = 1.0
MOST_FOR_PAGE = 0.1
LOOKS = 20
PATIENCE = 300  # seconds, until a tenth is sent
SENDS = " a second over the last "  # told of what runs, has more to send, and sent some just now
WHERE = (
    "Of the time to the pre-flight page one INSERT … SELECT takes about half, the page that counts "
    "what it froze most of the rest; on PostgreSQL the COMMIT, which checks the foreign keys of "
    "100,000 new rows, takes as long as the INSERT. The page while it sends is nearly all "
    "templates: of 10,000 items, the queries take 2 ms of it on SQLite and 11 ms on PostgreSQL."
)


def measure(remote, quick):
    count = 10_000 if quick else 100_000
    for database in DATABASES:
        yield from through_the_web(remote, database, count)


def through_the_web(remote, database, count):
    with panel(remote, database) as made:
        made.know(remote.play(count, 0.1))
        made.do("make_operator", PASSWORD)
        made.manage("collectstatic", "--noinput", "--verbosity=0")
        (_, *gunicorn), *_ = (each.command for each in programs("127.0.0.1", made.port, 8))
        with made.process(*gunicorn), made.process(*WORKER), made.process(*BEAT):
            wait_until(made.answers, 60)
            browser = Browser(made.url)
            browser.sign_in()
            page, to_page = browser.timed(browser.choose_all)
            assert f"{count:,}" in page.text, page.text
            _, to_confirm = browser.timed(browser.confirm, page, count)
            # Right after it was confirmed there is little to count and to show.
            wait_until(lambda: remote.calls().get("cancel", 0) >= count // 10, PATIENCE)
            looks = [look_while_it_sends(browser, page) for _ in range(LOOKS)]
    yield figure(f"All {count:,} matching → pre-flight page, {database}", to_page)(
        MOST_TO_PAGE[database], WHERE
    )
    yield figure(f"… confirm, {database}", to_confirm)(MOST_TO_CONFIRM)
    yield figure(f"… its page while it sends, median of {LOOKS}, {database}", *looks)(MOST_FOR_PAGE)


def look_while_it_sends(browser, page):
    """Time its page; fail unless it is that of a batch that runs and sends."""
    answer, seconds = browser.timed(browser.look, page)
    assert SENDS in answer.text, f"It does not send: {answer.text}"
    return seconds


def figure(name, *seconds):
    took = statistics.median(seconds)

    def with_target(most, where=""):
        return Figure(name, f"{took:.2f} s", "", f"≤ {most:g} s", took <= most, where)

    return with_target


class Browser:
    """One that signs in, ticks and confirms as a person's does."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()

    def timed(self, deed, *words):
        started_at = time.monotonic()
        answer = deed(*words)
        seconds = time.monotonic() - started_at
        assert answer.status_code == 200, answer.text
        return answer, seconds

    def post(self, url, **form):
        form["csrfmiddlewaretoken"] = self.session.cookies["csrftoken"]
        return self.session.post(url, form, headers={"Referer": url}, timeout=60)

    def sign_in(self):
        self.session.get(f"{self.url}/login/", timeout=60)
        self.post(f"{self.url}/login/", username="operator", password=PASSWORD, next="/")

    def choose_all(self):
        return self.post(
            f"{self.url}/mediajobs/job/",
            action="cancel_selected",
            index="0",
            select_across="1",
            _selected_action="1",
        )

    def confirm(self, page, count):
        return self.post(
            page.url.replace("change/", "confirm/"),
            category="other",
            reason="They are measured.",
            typed_count=str(count),
        )

    def look(self, page):
        return self.session.get(page.url, timeout=60)


if __name__ == "__main__":
    run(measure)
