"""What pipelines are told: the shapes of answers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from mediajobs.models import AttemptState, BatchState, CancelAttempt, CancelBatch, Job, JobStatus
from mediajobs.models.credential import OF_SETTINGS
from mediajobs.models.forecast import Forecast, Prospect
from mediajobs.services.intake import Taken


class JobRecorded(BaseModel):
    job_id: str
    result: Literal["new", "named", "known"] = Field(
        description="new: recorded now. named: was here, and something empty is filled in. "
        "known: was here, and nothing is changed."
    )
    filled: list[str] = Field(description="The fields that were empty and are filled in now.")
    kept: list[str] = Field(description="The fields that hold something else here, and still do.")

    @classmethod
    def of(cls, taken: Taken) -> Self:
        result = "new" if taken.is_new else "named" if taken.filled else "known"
        return cls(job_id=taken.remote_id, result=result, filled=taken.filled, kept=taken.kept)


class Recorded(BaseModel):
    new_count: int
    named_count: int
    known_count: int
    jobs: list[JobRecorded] = Field(description="In the order in which they were sent.")

    @classmethod
    def of(cls, taken: Iterable[Taken]) -> Self:
        jobs = [JobRecorded.of(each) for each in taken]
        results = [job.result for job in jobs]
        counts = {f"{word}_count": results.count(word) for word in ("new", "named", "known")}
        return cls(jobs=jobs, **counts)


class NewestCancellation(BaseModel):
    id: int
    state: Literal[*AttemptState.values]
    words: str


class JobTold(BaseModel):
    """A job as the panel knows it; times are UTC."""

    job_id: str
    path: str
    app: str = Field(description="Its name; “settings”: that of the settings.")
    status: Literal[*JobStatus.values] = Field(description="As the remote last told.")
    reported_status: str = Field(description="The remote's own word.")
    is_final: bool = Field(description="Whether the remote has said that it ended.")
    progress: int | None
    error: str
    label: str
    owner: str
    link: str
    note: str
    submitted_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    recorded_at: datetime
    checked_at: datetime | None = Field(
        description="When the remote was last asked, to within a minute."
    )
    missing_at: datetime | None = Field(description="When the remote said it knows no such job.")
    cancellation: NewestCancellation | None = Field(description="The newest, if one was requested.")

    @classmethod
    def of(cls, job: Job) -> Self:
        """Tell of a job that comes with its app and its newest cancellation."""
        own = {name: getattr(job, name) for name in OF_JOBS}
        app = job.credential.name if job.credential else OF_SETTINGS
        newest = job.cancel_batch and NewestCancellation(
            id=job.cancel_batch, state=job.cancel_state, words=AttemptState(job.cancel_state).label
        )
        return cls(job_id=job.remote_id, app=app, cancellation=newest, **own)


OF_JOBS = [name for name in JobTold.model_fields if name not in ("job_id", "app", "cancellation")]


class JobPage(BaseModel):
    jobs: list[JobTold]
    next_cursor: str | None = Field(
        description="Send it for the next page; null: this is the last."
    )


class Foretold(BaseModel):
    """What would happen; nothing was requested."""

    dry_run: Literal[True] = True
    to_request_count: int = Field(description="For these a cancellation would be requested.")
    already_final_count: int = Field(description="These have ended: they would be left alone.")
    already_requested_count: int = Field(description="Asked for by another cancellation.")
    unknown_ids: list[str] = Field(description="The panel knows no such jobs.")

    @classmethod
    def of(cls, found: Forecast, unknown: list[str]) -> Self:
        return cls(
            to_request_count=found.to_request_count,
            already_final_count=found.counts[Prospect.ENDED],
            already_requested_count=found.counts[Prospect.ELSEWHERE],
            unknown_ids=unknown,
        )


class CancellationTold(BaseModel):
    """A cancellation that was requested: it counts as “cancelled” what the remote calls so."""

    id: int
    state: Literal[*BatchState.values]
    requested_by: str
    category: str
    reason: str
    selection: str = Field(description="How the jobs were chosen, in words.")
    job_count: int
    counts: dict[Literal[*AttemptState.values], int] = Field(description="How many items of each.")
    words: str = Field(description="The counts in words.")
    pause_reason: str
    requested_at: datetime
    ended_at: datetime | None = Field(description="Null: it is going on.")

    @classmethod
    def of(cls, batch: CancelBatch, **page: Any) -> Self:
        return cls(
            id=batch.pk,
            state=batch.state,
            requested_by=batch.requested_by_name,
            category=batch.reason_category,
            reason=batch.reason,
            selection=batch.selection,
            job_count=batch.frozen_count,
            counts=batch.counts(),
            words=batch.outcome_words(),
            pause_reason=batch.pause_reason,
            requested_at=batch.confirmed_at,
            ended_at=batch.ended_at,
            **page,
        )


class ItemTold(BaseModel):
    job_id: str
    state: Literal[*AttemptState.values]
    words: str
    detail: str = Field(description="What happened, in a sentence.")
    remote_status: int | None = Field(description="The HTTP status of the remote's answer.")
    ended_at: datetime | None

    @classmethod
    def of(cls, attempt: CancelAttempt) -> Self:
        return cls(
            job_id=attempt.remote_id,
            state=attempt.state,
            words=attempt.get_state_display(),
            detail=attempt.detail,
            remote_status=attempt.remote_status,
            ended_at=attempt.ended_at,
        )


class CancellationPage(CancellationTold):
    """A cancellation with a page of its items."""

    items: list[ItemTold]
    next_cursor: str | None = Field(
        description="Send it for the next page; null: this is the last."
    )
