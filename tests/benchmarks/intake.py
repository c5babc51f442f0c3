"""A hundred thousand job ids uploaded through the real web server: looked at, then confirmed."""

import io
import re
import uuid

from mediajobs.management.panel import programs
from tests.benchmarks.command import run
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import DATABASES, panel
from tests.benchmarks.peaks import children, peak_of
from tests.benchmarks.preflight import Browser
from tests.running import PASSWORD, wait_until

MOST_SECONDS = {"SQLite": 5.0, "PostgreSQL": None}
MOST_MEMORY = 1.2
FEW = 1000
SEALED = re.compile(r'name="(sealed|rows)" value="([^"]+)"')


def measure(remote, quick):
    count = 10_000 if quick else 100_000
    for database in DATABASES:
        _, small = through_the_web(remote, database, FEW)
        (to_preview, to_confirm), large = through_the_web(remote, database, count)
        seconds, most = to_preview + to_confirm, MOST_SECONDS[database]
        yield Figure(
            f"{count:,} job ids uploaded, looked at and confirmed, {database}",
            f"{seconds:.1f} s ({to_preview:.1f} + {to_confirm:.1f})",
            "",
            f"≤ {most:g} s" if most else "",
            seconds <= most if most else None,
        )
        yield Figure(
            "… peak memory of the web server",
            f"{large:,.0f} MB = {large / small:.2f} × that of {FEW:,}",
            f"{small:,.0f} MB with {FEW:,}",
            f"≤ {MOST_MEMORY} ×",
            large <= MOST_MEMORY * small,
        )


def through_the_web(remote, database, count):
    """Return the seconds to the preview and of the confirmation, and the most memory in MB."""
    with panel(remote, database) as made:
        made.do("make_operator", PASSWORD)
        made.manage("collectstatic", "--noinput", "--verbosity=0")
        (_, *gunicorn), *_ = (each.command for each in programs("127.0.0.1", made.port, 8))
        with made.process(*gunicorn) as server:
            wait_until(made.answers, 60)
            browser = Uploader(made.url)
            browser.sign_in()
            seconds = list(browser.take_in(ids(count)))
            peak = max(map(peak_of, children(server.pid)))
        stored = int(made.query("from mediajobs.models import Job; print(Job.objects.count())"))
    assert stored == count, f"{stored} of {count} jobs are there"
    return seconds, peak


def ids(count):
    return "".join(f"{uuid.uuid4()}\n" for _ in range(count))


class Uploader(Browser):
    def take_in(self, content):
        """Upload, read the preview, confirm; give the seconds of both."""
        page, seconds = self.timed(self.upload, content)
        yield seconds
        sealed = dict(SEALED.findall(page.text))
        yield self.timed(self.confirm_sealed, sealed)[1]

    def upload(self, content):
        file = {"file": ("jobs.csv", io.BytesIO(content.encode()))}
        return self.send({"path": "/media/transcode"}, file)

    def confirm_sealed(self, sealed):
        return self.send({}, {name: (None, value) for name, value in sealed.items()})

    def send(self, form, files):
        url = f"{self.url}/mediajobs/job/record/"
        form["csrfmiddlewaretoken"] = self.session.cookies["csrftoken"]
        return self.session.post(url, form, files=files, headers={"Referer": url}, timeout=60)


if __name__ == "__main__":
    run(measure)
