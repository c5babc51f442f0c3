"""Rows kept small between a preview and its confirmation: compressed as they come."""

import gzip
import io
import json
from collections.abc import Iterator
from operator import attrgetter

from mediajobs.services.intake.rows import GIVEN, Row

SAMPLE = 10
#: Ids are random: more effort makes them hardly smaller.
EFFORT = 1

as_tuple = attrgetter("line", *GIVEN)


class Packed:
    """Rows that can be added and packed; the first ones are at hand in `sample`."""

    def __init__(self) -> None:
        self._count = 0
        self.sample: list[Row] = []
        self._bytes = io.BytesIO()
        self._file = gzip.GzipFile(fileobj=self._bytes, mode="wb", compresslevel=EFFORT)

    def __len__(self) -> int:
        return self._count

    def add(self, row: Row) -> None:
        self._count += 1
        if len(self.sample) < SAMPLE:
            self.sample.append(row)
        self._file.write(json.dumps(as_tuple(row)).encode() + b"\n")

    def pack(self) -> bytes:
        """Give all rows as bytes for `unpack`; nothing can be added after that."""
        self._file.close()
        return self._bytes.getvalue()


def unpack(packed: bytes) -> Iterator[Row]:
    """Give the rows one by one, in constant memory."""
    with gzip.open(io.BytesIO(packed), "rb") as lines:
        for line in lines:
            yield Row(*json.loads(line))
