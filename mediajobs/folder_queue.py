"""A folder as Celery's queue: kombu's filesystem transport, with messages that appear whole."""

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """kombu's own writes a message under its final name; a worker that reads half of it dies."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        message = Path(self.data_folder_out) / f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        unfinished = message.with_suffix(".unfinished")
        unfinished.write_text(dumps(payload))
        unfinished.rename(message)


class Transport(filesystem.Transport):
    Channel = Channel
