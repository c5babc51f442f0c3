"""What can go wrong with a call, sorted by what the caller may do next.

MediaError                   every failure of this package; `str()` is a sentence for a person
├── NotSent                  nothing of the call left this machine: the same call may be made again
│   ├── NoLongerWanted       the caller's own `still_wanted` said no
│   ├── RemoteFailing        the breaker is open: after `retry_after`, one call may try again
│   ├── RemotePausing        the remote turns calls away: nobody calls for `retry_after`
│   └── HeldBack             our own pacing would wait too long: again after `retry_after`
├── Throttled                429, not carried out: later, after `retry_after` if told
├── Unclear                  may have been carried out: look at the job first (a read: just again)
├── Rejected                 refused for a reason of its own: look at the job
│   ├── JobNotFound          the remote knows no such job (under this path and these credentials)
│   ├── WebhookNotFound      the remote knows no such webhook
│   └── EndpointMissing      the host or the path itself is gone: no call of this kind can succeed
├── CredentialsRefused       stop until somebody mends the credentials
└── Unreadable               a read was answered, but not with what a job looks like
"""

# ruff: noqa: N818 -- each name says what happened to the call, which an Error at its end would blur

from mediajobs.remote.types import Answer


class MediaError(Exception):
    """A call failed; `answer` holds the remote's words, `retry_after` seconds, where known.

    `is_sent`: whether any of it may have left; else `answer` is not the call's own. Where a call
    was answered 401 or 403 and something kept it from leaving again, `answer` is that first one.
    """

    is_sent = True

    def __init__(
        self, sentence: str, *, answer: Answer | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(sentence)
        self.answer = answer
        self.retry_after = retry_after


class NotSent(MediaError):
    """Nothing of the call left this machine."""

    is_sent = False


class NoLongerWanted(NotSent):
    """The caller changed its mind while the call was waiting."""


class RemoteFailing(NotSent):
    """Too many failures in a row: calls are held until a probe succeeds."""


class RemotePausing(NotSent):
    """The remote turns calls away (429, 503), for longer than a call waits."""


class HeldBack(NotSent):
    """The wait for a turn would be too long."""


class Throttled(MediaError):
    """The remote asked for fewer calls and did not carry this one out."""


class Unclear(MediaError):
    """Nobody knows whether the call was carried out."""


class Rejected(MediaError):
    """The remote understood the call and said no."""


class JobNotFound(Rejected):
    """The remote knows no such job."""


class WebhookNotFound(Rejected):
    """The remote knows no such webhook."""


class EndpointMissing(Rejected):
    """The host or the path no longer exists."""


class CredentialsRefused(MediaError):
    """The remote does not accept our credentials."""


class Unreadable(MediaError):
    """The answer to a read is not what the contract promises."""
