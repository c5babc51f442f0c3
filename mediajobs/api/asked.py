"""What pipelines send: the shapes of bodies and addresses, each field with its limit."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.core import exceptions
from django.db.models import Model
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from mediajobs.api.mistakes import NO_TIME
from mediajobs.models import AttemptState, Credential, Job, JobStatus, ReasonCategory
from mediajobs.models.job import validate_link, validate_media_path, validate_remote_id

MOST_JOBS = 1000
MOST_IDS = 10_000
MOST_A_PAGE = 500
EXAMPLE_ID = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a917b44"
EXAMPLE_TIME = "2026-01-31T14:30:00Z"
EXAMPLE_JOB = {
    "job_id": EXAMPLE_ID,
    "path": "/media/transcode",
    "label": "Evening news",
    "owner": "News desk",
    "link": "https://assets.example.com/1234",
    "note": "Rerun with the mended sound track",
}
EXAMPLE_CANCELLING = {
    "filter": {"path": "/media/transcode", "submitted_before": EXAMPLE_TIME},
    "category": "stuck",
    "reason": "These run since last night",
    "dry_run": True,
}


def passing(validate: Callable[[str], None]) -> AfterValidator:
    """Use a rule of the models; what is empty was not said."""

    def check(value: str) -> str:
        try:
            validate(value)
        except exceptions.ValidationError as error:
            raise ValueError(" ".join(error.messages)) from None
        return value

    return AfterValidator(check)


def is_text(value: str) -> str:
    if "\0" in value:
        raise ValueError("It holds the character NUL, which is no text.")
    return value


def moment(value: Any) -> datetime:
    """Read a time that says its zone."""
    try:
        time = datetime.fromisoformat(value)
        time.utctimetuple()
    except (TypeError, ValueError, OverflowError):
        raise ValueError(NO_TIME) from None
    if time.tzinfo is None:
        raise ValueError(NO_TIME)
    return time


Text = Annotated[str, AfterValidator(is_text)]
Word = Annotated[str, Field(min_length=1), AfterValidator(is_text)]
JobId = Annotated[str, passing(validate_remote_id), Field(examples=[EXAMPLE_ID])]
MediaPath = Annotated[str, passing(validate_media_path), Field(examples=["/media/transcode"])]
Link = Annotated[str, passing(lambda value: value and validate_link(value))]
Moment = Annotated[
    datetime,
    PlainValidator(moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [EXAMPLE_TIME]}),
]
StatusWord = Literal["active", "final", *JobStatus.values]


def said(name: str, example: str) -> Any:
    """A text about a job that may be left out, as long as its column."""
    return Field("", max_length=longest(name), description=about(name), examples=[example])


def longest(name: str, model: type[Model] = Job) -> int:
    return model._meta.get_field(name).max_length


def about(name: str) -> str:
    return Job._meta.get_field(name).help_text


class Asked(BaseModel):
    """Nothing is guessed: no field beside those named, no number where a text belongs."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)


class JobNamed(Asked):
    """A job that was submitted to the media API."""

    job_id: JobId = Field(description="As the media API gave it out.")
    path: MediaPath = Field(description="The path that the job was submitted to.")
    label: Text = Field(
        "",
        max_length=longest("label"),
        description="A name for people, such as the title of the programme.",
        examples=["Evening news"],
    )
    owner: Text = said("owner", "News desk")
    link: Link = said("link", "https://assets.example.com/1234")
    note: Text = Field("", max_length=longest("note"), description="Anything else.")


class Recording(Asked):
    model_config = ConfigDict(json_schema_extra={"examples": [{"jobs": [EXAMPLE_JOB]}]})

    jobs: list[JobNamed] = Field(
        min_length=1, max_length=MOST_JOBS, description=f"1 to {MOST_JOBS:,}, each job once."
    )


def narrowing(**about: Any) -> Any:
    """A part of a choice: it may be left out, but be no null, which would mean all."""
    return Field(default_factory=lambda: None, **about)


class Choice(Asked):
    """Jobs that are all of what is given."""

    status: StatusWord = narrowing(
        description="“active”: not ended, as far as known. “final”: ended."
    )
    path: MediaPath = narrowing()
    app: Word = narrowing(
        max_length=longest("name", Credential),
        description="The name of an app; “settings”: that of the settings.",
    )
    owner: Word = narrowing(max_length=longest("owner"), description="Exactly so.")
    submitted_after: Moment = narrowing(
        description="Then or later. A job whose submission is not known counts as recorded."
    )
    submitted_before: Moment = narrowing(description="Before then.")

    @property
    def given(self) -> dict[str, Any]:
        return {
            name: getattr(self, name)
            for name in Choice.model_fields
            if getattr(self, name) is not None
        }


class Paged(Asked):
    limit: int = Field(
        100, ge=1, le=MOST_A_PAGE, strict=False, description=f"1 to {MOST_A_PAGE} a page."
    )
    cursor: str | None = Field(None, description="The “next_cursor” of the page before.")


class JobQuery(Paged, Choice):
    """Which jobs, newest first."""

    text: Word = narrowing(
        max_length=longest("label"),
        description="The beginning of a job id or, if none begins so, a part of a label.",
    )


class ItemQuery(Paged):
    """Which items of a cancellation, in the order of their keys."""

    state: Literal[*AttemptState.values] | None = Field(None, description="In this state only.")


class Cancelling(Asked):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_CANCELLING]})

    ids: list[JobId] | None = Field(
        None, min_length=1, max_length=MOST_IDS, description=f"1 to {MOST_IDS:,} job ids."
    )
    filter: Choice | None = Field(
        None,
        description="Or all jobs that match: of those not ended, unless it says a status.",
        examples=[{"path": "/media/transcode", "submitted_before": EXAMPLE_TIME}],
    )
    category: Literal[*ReasonCategory.values] = Field(description="The kind of reason.")
    reason: Text = Field(
        description="Why, for whoever reads the record later; up to 2,000 characters.",
        examples=["Wrong input file"],
    )
    dry_run: bool = Field(False, description="Only tell what would happen.")

    @model_validator(mode="after")
    def check_choice(self) -> "Cancelling":
        if (self.ids is None) == (self.filter is None):
            raise ValueError("Give “ids” or “filter”: one of them, and not both.")
        if self.filter is not None and not self.filter.given:
            raise ValueError("The filter is empty. To mean all jobs, write {“status”: “active”}.")
        return self
