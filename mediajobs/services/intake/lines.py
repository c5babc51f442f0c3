"""From bytes to lines of text, in constant memory."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from django.core.exceptions import ValidationError

#: No line with a job id, a path and what people say of it is longer.
LINE_LENGTH = 4096

NOT_TEXT = (
    "Line %(line)d is not text: this looks like a binary file or another encoding. "
    "Save it as CSV or plain text in UTF-8."
)


def read_lines(stream: BinaryIO) -> Iterator[str]:
    """Yield the lines of a seekable stream: UTF-8 with or without BOM, or UTF-16 with BOM.

    A line longer than LINE_LENGTH comes cut, one character too long. Raises ValidationError,
    naming the line, where the bytes are not text.
    """
    encoding = encoding_of(stream.read(2))
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding)
    count = 0
    try:
        for count, line in enumerate(cut_lines(text), start=1):
            if "\0" in line:
                raise ValidationError(NOT_TEXT, params={"line": count})
            yield line
    except UnicodeDecodeError as error:
        lines_before = error.object[: error.start].count(b"\n")
        raise ValidationError(NOT_TEXT, params={"line": count + 1 + lines_before}) from None
    finally:
        text.detach()


def encoding_of(beginning: bytes) -> str:
    is_utf16 = beginning in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return "utf-16" if is_utf16 else "utf-8-sig"


def cut_lines(text: io.TextIOWrapper) -> Iterator[str]:
    while piece := text.readline(LINE_LENGTH + 1):
        rest = piece
        while len(rest) > LINE_LENGTH and not rest.endswith("\n"):
            rest = text.readline(LINE_LENGTH + 1)
        yield piece.removesuffix("\n")
