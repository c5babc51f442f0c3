"""Several workers that look for jobs at once: threads with connections of their own."""

import pytest

from mediajobs.models import Discovery, Job
from mediajobs.services import sync
from mediajobs.services.sync.window import begin
from tests.services.cancel.test_parallel import together

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def unless_another(deed):
    """Do it; say False when another walk was in the way."""

    def do():
        try:
            deed()
        except sync.AnotherWalk:
            return False
        return True

    return do


@pytest.mark.parametrize("is_first", [True, False])
def test_of_many_workers_at_once_one_takes_the_walk(is_first):
    if not is_first:
        Discovery.objects.create(app="settings")
    took = together(*[unless_another(lambda: begin(None))] * 8)
    assert sorted(took) == [False] * 7 + [True]


def test_workers_that_walk_at_once_find_each_job_once(world):
    world.populate(450)
    walked = together(*[unless_another(lambda: list(sync.discover_new()))] * 4)
    assert any(walked)
    assert set(Job.objects.values_list("remote_id", flat=True)) == set(world.jobs)
    assert Discovery.objects.get().lease_expires_at is None
