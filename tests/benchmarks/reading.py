"""The trail's list and its export at a million events, through the real web server."""

import statistics

from mediajobs.management.panel import programs
from tests.benchmarks.command import run
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import DATABASES, panel
from tests.benchmarks.peaks import children, peak_of
from tests.benchmarks.preflight import Browser
from tests.running import PASSWORD, wait_until

LIST = "/mediajobs/auditevent/"
MOST_FOR_LIST = 0.08
MOST_TO_EXPORT = 60.0  # for a million
MOST_MEMORY = 1.2
LOOKS = 9
FEW = 5000
#: Each is measured; the slowest of a group is told.
QUERIES = {
    "… one filter": (
        *("actor=person-3", "actor=nobody", "kind=cancel.answered", "kind=batch.aborted"),
        *("outcome=requested", "outcome=refused", "channel=web", "channel=webhook"),
        *("cancellation=7", "job={job}", "since=2026-06-01", "until=2026-02-01", "p=150"),
        "since=2026-02-01&until=2026-02-02",
    ),
    "… filters together": (
        *("actor=person-3&kind=cancel.answered", "kind=cancel.sent&outcome=requested"),
        *("kind=batch.confirmed&actor=person-3", "outcome=refused&channel=web"),
        *("channel=engine&outcome=requested", "cancellation=7&outcome=refused"),
        "actor=person-3&kind=cancel.ended&outcome=cancelled&channel=web&since=2026-01-01",
        "actor=person-3&since=2027-01-01",
    ),
    "… search": (
        *("q={job}", "q={prefix}&search_in=job", "q=0&search_in=job", "q=f&search_in=job"),
        *("q=wrong", "q=Needle", "q=nothing+of+it"),
        *(
            "q=wrong&actor=person-3",
            "q=nothing+of+it&until=2026-02-01",
            "q={prefix}&search_in=job&kind=job.edited",
        ),
    ),
}
WHERE = (
    "A search in the trail's reasons and several frequent filters at once look through 5,000 "
    "events at a time, and say so."
)


def measure(remote, quick):
    count = 50_000 if quick else 1_000_000
    for database in DATABASES:
        yield from through_the_web(remote, database, count)


def through_the_web(remote, database, count):
    with panel(remote, database) as made:
        job = made.do("fill", count, timeout=3600, module="tests.benchmarks.history")["job"]
        made.make_tables()
        made.manage("collectstatic", "--noinput", "--verbosity=0")
        (_, *gunicorn), *_ = (each.command for each in programs("127.0.0.1", made.port, 8))
        with made.process(*gunicorn) as server:
            wait_until(made.answers, 60)
            browser = Auditor(made.url)
            browser.sign_in()
            yield listed(f"Trail's list of {count:,} events, {database}", browser, [""])
            for name, queries in QUERIES.items():
                told = [query.format(job=job, prefix=job[:8]) for query in queries]
                yield listed(name, browser, told)
            browser.export("csv", "since=2026-01-01&until=2026-01-02")
            before = peak(server)
            for form, name in (("csv", "CSV"), ("jsonl", "JSON Lines")):
                yield exported(f"… exported as {name}", browser, form, count)
            yield memory("… peak memory of the web server", peak(server), before)


class Auditor(Browser):
    def sign_in(self):
        self.session.get(f"{self.url}/login/", timeout=60)
        self.post(f"{self.url}/login/", username="auditor", password=PASSWORD, next="/")

    def see(self, query):
        return self.session.get(f"{self.url}{LIST}?{query}", timeout=60)

    def export(self, form, query=""):
        """Take all of it in, and keep nothing but its size and its end."""
        token = self.session.cookies["csrftoken"]
        address = f"{self.url}{LIST}export/?{query}"
        answer = self.session.post(
            address,
            {"csrfmiddlewaretoken": token, "format": form},
            headers={"Referer": address},
            stream=True,
            timeout=600,
        )
        answer.size, answer.end = 0, b""
        for piece in answer.iter_content(1 << 16):
            answer.size += len(piece)
            answer.end = (answer.end + piece)[-500:]
        return answer


def listed(name, browser, queries):
    """Tell of the slowest of several addresses how long its page takes."""
    took = {}
    for query in queries:
        browser.timed(browser.see, query)
        seconds = [browser.timed(browser.see, query)[1] for _ in range(LOOKS)]
        took[query] = statistics.median(seconds)
    for query, seconds in took.items():
        print(f"{1000 * seconds:6.0f} ms  {query}", flush=True)
    slowest = max(took, key=took.get)
    beside = f"slowest of {len(took)}: {slowest}" if len(took) > 1 else ""
    most = took[slowest]
    return Figure(
        name,
        f"{1000 * most:.0f} ms",
        beside,
        f"≤ {1000 * MOST_FOR_LIST:g} ms",
        most <= MOST_FOR_LIST,
        WHERE,
    )


def exported(name, browser, form, count):
    answer, seconds = browser.timed(browser.export, form)
    assert f"{count}".encode() in answer.end, answer.end
    most = MOST_TO_EXPORT * count / 1_000_000
    return Figure(
        name,
        f"{seconds:.1f} s, {answer.size / 1e6:,.0f} MB",
        "",
        f"≤ {most:g} s",
        seconds <= most,
    )


def memory(name, most, before):
    return Figure(
        name,
        f"{most:,.0f} MB = {most / before:.2f} × that of exporting one day",
        "",
        f"≤ {MOST_MEMORY} ×",
        most <= MOST_MEMORY * before,
    )


def peak(server):
    """Give the most memory in MB that a process of the server has had."""
    return max(map(peak_of, [server.pid, *children(server.pid)]))


if __name__ == "__main__":
    run(measure)
