"""What drills stand on: databases of the kind of the test run, a remote, a panel, a broker."""

from contextlib import ExitStack
from itertools import count

import pytest
from django.conf import settings

from tests.faults import databases as kinds
from tests.faults.broker import Broker
from tests.faults.drill import Drill
from tests.faults.proxy import Proxy
from tests.faults.remote import Remote
from tests.running import Panel

DEFAULT = settings.DATABASES["default"]
IS_SQLITE = DEFAULT["ENGINE"].endswith("sqlite3")
#: A drill that makes sense for one database alone does not exist on the other.
collect_ignore = (
    ["test_many_workers.py", "test_postgresql_dies.py", "test_stopped_in_a_write.py"]
    if IS_SQLITE
    else ["test_sqlite_locked.py"]
)


@pytest.fixture(scope="session")
def databases(tmp_path_factory):
    """Databases of the kind that the test run uses, without anything of the run's own."""
    return kinds.of_this_run(DEFAULT, tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def template(databases, tmp_path_factory):
    """A database with tables and users, to be copied."""
    url = databases.make()
    folder = tmp_path_factory.mktemp("template")
    Panel(folder, "http://127.0.0.1:9", DATABASE_URL=url).make_tables()
    yield url
    databases.drop(url)


@pytest.fixture
def start_with(tmp_path):
    """Start a remote with so many jobs and make a panel that knows them; its processes wait."""
    numbers = count()
    with ExitStack() as stack:

        def start(databases, url, jobs, *options, through_proxy=False, **settings):
            folder = tmp_path / str(next(numbers))
            folder.mkdir()
            stack.callback(databases.drop, url)
            remote = stack.enter_context(Remote(folder, jobs, *options))
            proxy = stack.enter_context(Proxy(remote.place)) if through_proxy else None
            drill = Drill(folder, remote, databases, url, proxy=proxy, **settings)
            drill.panel.manage("sync_jobs")
            return drill

        yield start


@pytest.fixture
def start(start_with, databases, template):
    """Start a drill on a copy of the template."""
    return lambda *words, **settings: start_with(
        databases, databases.copy(template), *words, **settings
    )


@pytest.fixture
def start_on(start_with, tmp_path):
    """Start a drill on databases of its own choice, with tables made for it."""

    def start(databases, *words, **settings):
        url = databases.make()
        Panel(tmp_path, "http://127.0.0.1:9", DATABASE_URL=url).make_tables()
        return start_with(databases, url, *words, **settings)

    return start


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """A Redis of the drills' own, for those that run several workers."""
    with Broker(tmp_path_factory.mktemp("redis")) as broker:
        yield broker
