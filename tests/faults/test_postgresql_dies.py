"""PostgreSQL dies without a goodbye in the middle of a batch; collected on PostgreSQL alone."""

import pytest

from tests.faults.cluster import Cluster

pytestmark = pytest.mark.drill


@pytest.fixture
def cluster():
    with Cluster() as cluster:
        yield cluster


def test_a_batch_goes_on_when_the_database_is_back(cluster, start_on):
    drill = start_on(cluster, 400, MEDIA_API_MAX_PER_SECOND="60")
    drill.remote.set(latency=0.1, cancel_delay=0.5)
    drill.confirm()
    with drill.working():
        for count in (60, 150):
            drill.wait_until_sent(count)
            cluster.restart_at_once()
        drill.wait_for_state("finished", 120)
        drill.check_invariants()
    assert drill.states() == {"cancelled": 360}
