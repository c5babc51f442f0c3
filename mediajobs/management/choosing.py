"""Which jobs a command means: by their ids, or by a filter; with words that say so."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError
from django.db.models import QuerySet

from mediajobs.management.arguments import duration_words
from mediajobs.models import Credential, Job, JobStatus
from mediajobs.models.credential import OF_SETTINGS
from mediajobs.models.job import REMOTE_ID

MOST_IDS = 10_000
MOST_NAMED = 10


def chosen(options: dict[str, Any]) -> tuple[QuerySet[Job], str]:
    """Find the jobs that the arguments name; CommandError (exit status 2) if they name none."""
    ids = list(dict.fromkeys(options["ids"]))
    narrowing = options["path"] or options["older_than"] or options["app"]
    if ids and (options["status"] or narrowing):
        raise wrong("Give job ids, or --status with its filters; not both.")
    if ids:
        return by_ids(ids), f"{len(ids):,} by id"
    if not options["status"]:
        words = "--path, --app and --older-than narrow a choice: give --status too."
        raise wrong(words if narrowing else "Give job ids, or --status.")
    return by_filter(options)


def by_ids(ids: list[str]) -> QuerySet[Job]:
    if len(ids) > MOST_IDS:
        raise wrong(f"{len(ids):,} ids are more than one call takes ({MOST_IDS:,}).")
    malformed = [each for each in ids if not REMOTE_ID.fullmatch(each)]
    if malformed:
        raise wrong(f"Not job ids: {named(malformed)}. Write them whole; nothing was requested.")
    keys = dict(Job.objects.filter(remote_id__in=ids).values_list("remote_id", "pk"))
    unknown = [each for each in ids if each not in keys]
    if unknown:
        words = f"The panel knows no such jobs: {named(unknown)}. Nothing was requested. "
        raise wrong(words + "Record them with record_jobs, or read the remote's with sync_jobs.")
    return Job.objects.filter(pk__in=keys.values())


def by_filter(options: dict[str, Any]) -> tuple[QuerySet[Job], str]:
    jobs = Job.objects.filter(status=options["status"])
    words = [f"status {JobStatus(options['status']).label}"]
    if options["path"]:
        jobs = jobs.filter(path=options["path"])
        words.append(f"API {options['path']}")
    if options["app"]:
        jobs = jobs.of_app(app_named(options["app"]))
        words.append(f"app {options['app']}")
    if options["older_than"]:
        jobs = jobs.older_than(options["older_than"])
        words.append(f"older than {duration_words(options['older_than'])}")
    return jobs, ", ".join(words)


def app_named(name: str) -> Credential | None:
    """Find the app of this name, None for that of the settings; CommandError if there is none."""
    found = Credential.objects.filter(name=name).first()
    if found is None and name != OF_SETTINGS:
        names = ", ".join(Credential.objects.values_list("name", flat=True)) or "none so far"
        raise wrong(
            f"There is no app {name[:80]!r}. That of the settings is “{OF_SETTINGS}”, "
            f"the others: {names}."
        )
    return found


def named(ids: Iterable[str]) -> str:
    """Write the first few, cut where too long, and how many more there are."""
    ids = list(ids)
    more = f" and {len(ids) - MOST_NAMED:,} more" if len(ids) > MOST_NAMED else ""
    return ", ".join(repr(each[:80]) for each in ids[:MOST_NAMED]) + more


def wrong(sentence: str) -> CommandError:
    return CommandError(sentence, returncode=2)
