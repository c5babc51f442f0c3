"""A bulk operator cancels a thousand jobs in one go and watches them to their end."""

import json
import re

from playwright.sync_api import expect

from mediajobs.simulator.jobs import CANCELLED
from tests.browser.conftest import ACTIVE
from tests.running import wait_until

EVENTS = """
import json
from collections import Counter
from mediajobs.models import *
batch = CancelBatch.objects.get(pk={batch})
events = AuditEvent.objects.filter(batch_id=batch.pk)
print(json.dumps(dict(
    state=batch.state,
    counts=batch.counts(),
    kinds=Counter(events.values_list("kind", flat=True)),
    cancelled=list(Job.objects.filter(status="cancelled").values_list("remote_id", flat=True)),
)))
"""


def test_all_running_jobs_are_cancelled_and_every_one_has_its_outcome(
    sign_in, panel, world, picture
):
    page = sign_in("bulk-operator")
    page.goto("/mediajobs/job/")
    page.get_by_role("link", name="Not finished").click()
    expect(page).to_have_url(re.compile("status="))
    page.locator("#action-toggle").check()
    picture(page, "jobs-ticked")
    page.get_by_role("button", name=re.compile(rf"Select all {ACTIVE:,}")).click()
    page.locator("select[name=action]").select_option("cancel_selected")
    picture(page, "jobs-selected")
    page.get_by_role("button", name=re.compile("Go|Run")).click()

    expect(page.get_by_role("button", name="Keep them running")).to_be_visible()
    picture(page, "draft")
    page.locator("#id_category").select_option("stuck")
    page.locator("#id_reason").fill("The transcoder cluster hangs.")
    confirm = page.get_by_role("button", name=re.compile("Request cancellation of"))
    page.get_by_label("Number of jobs").fill("999")
    confirm.click()
    expect(page.locator(".errorlist")).to_contain_text("is not 1,000")
    expect(page.locator("#id_reason")).to_have_value("The transcoder cluster hangs.")
    picture(page, "draft-wrong-number")
    page.get_by_label("Number of jobs").fill("1,000")
    confirm.click()

    expect(page.locator("svg.bar")).to_be_visible()
    expect(page.locator("body")).to_contain_text("Cancellation requested for")
    page.wait_for_timeout(3000)
    picture(page, "progress")
    batch = int(re.search(r"cancelbatch/(\d+)/", page.url)[1])
    expect(page.get_by_role("heading", name=re.compile("Finished")).first).to_be_visible(
        timeout=120_000
    )
    picture(page, "finished")

    wait_until(lambda: ending(panel, batch)["state"] == "finished", 60)
    end = ending(panel, batch)
    counts = {state: count for state, count in end["counts"].items() if count}
    assert sum(counts.values()) == ACTIVE
    assert set(counts) <= {"cancelled", "finished_first", "unconfirmed", "already_final"}
    assert end["kinds"]["cancel.sent"] == end["kinds"]["cancel.answered"]
    assert end["kinds"]["cancel.ended"] + end["kinds"].get("cancel.unconfirmed", 0) == ACTIVE
    now = world.clock()
    assert all(world.job(job_id).status_at(now) == CANCELLED for job_id in end["cancelled"])
    assert all(world.cancels(job_id) <= 1 for job_id in world.jobs)


def ending(panel, batch):
    """What the database says of a batch."""
    script = EVENTS.format(batch=batch).strip()
    return json.loads(panel.query(script).splitlines()[-1])
