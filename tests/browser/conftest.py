"""A panel that serves, a Chromium, and pages that are signed in and watched."""

import os
import shutil
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect, sync_playwright

from mediajobs.simulator import scenarios
from mediajobs.simulator.server import SimulatorServer
from tests.running import PASSWORD, Panel

CHROMIUM = shutil.which("chromium")
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ACTIVE = 1000
#: Milliseconds: the tests of two databases may share two cores, and a slow page is no wrong one.
PATIENCE = 45_000
expect.set_options(timeout=PATIENCE)
WEBHOOK_SECRET = "only-for-tests-0123456789abcdef"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def world():
    """A remote with 1,000 jobs that run until somebody cancels them, and 100 that ended."""
    world = scenarios.active(ACTIVE, seed=5)
    world.latency = 0.05
    for number in range(100):
        ending = ("Success", "Failed", "Cancelled")[number % 3]
        world.add_job("/media/enhance", ending, submitted_ago=3600.0 + number)
    return world


@pytest.fixture(scope="session")
def panel(world, tmp_path_factory):
    """The whole panel, running against that remote."""
    with SimulatorServer(world) as remote:
        folder = tmp_path_factory.mktemp("panel")
        panel = Panel(folder, remote.url, MEDIA_WEBHOOK_SECRETS=WEBHOOK_SECRET)
        panel.prepare()
        with panel.serving():
            deliver(panel, next(iter(world.jobs)))
            yield panel


def deliver(panel, job_id):
    """Tell the panel of a job, as the remote does at its end."""
    answer = requests.post(
        f"{panel.url}/webhooks/media/",
        json={"job_id": job_id, "path": "/media/transcode", "status": "Success", "progress": 100},
        headers={"X-Panel-Secret": WEBHOOK_SECRET},
        timeout=10,
    )
    assert answer.status_code == 200


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM:
        reason = "Chromium is missing: apt install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, panel):
    """Open a page in a window of its own; at the end no script may have complained."""
    contexts, complaints = [], []

    def note(line):
        # A refusal that the panel means is no fault of the page.
        is_meant = any(f"{status} (" in line.text for status in (403, 422, 429))
        if line.type == "error" and not is_meant:
            complaints.append(line.text)

    def open_it(width=1440, height=900, **options):
        context = chromium.new_context(
            base_url=panel.url, viewport={"width": width, "height": height}, **options
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sign_in(open_page):
    """Sign somebody in through the form; returns the page."""

    def sign(name, **options):
        page = open_page(**options)
        page.goto("/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
        return page

    return sign


@pytest.fixture
def picture(request):
    """Keep a picture of a page when pytest was given --screenshots FOLDER."""
    folder = request.config.getoption("--screenshots")

    def take(page, name):
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take
