"""What commands read from their arguments; each refuses nonsense with a sentence."""

import re
from argparse import ArgumentTypeError
from datetime import timedelta

from django.core.exceptions import ValidationError

from mediajobs.models.job import validate_media_path

LENGTH = re.compile(
    r"(?:(?P<days>\d{1,9})d)?(?:(?P<hours>\d{1,9})h)?"
    r"(?:(?P<minutes>\d{1,9})m)?(?:(?P<seconds>\d{1,9})s)?",
    re.ASCII,
)
LONGEST = timedelta(days=3650)


def whole_number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text[:12]) <= most):
        raise ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}.")
    return int(text)


def port(text: str) -> int:
    return whole_number(text, 1, 65535)


def utf8(text: str) -> str:
    """Refuse bytes that no text is made of, and that no database stores."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ArgumentTypeError(f"{text[:80]!r} is not text in UTF-8. Write it anew.") from None
    return text


def duration(text: str) -> timedelta:
    """Read "2h", "30m" or "1d12h": at least a second, at most ten years."""
    found = LENGTH.fullmatch(text.strip().lower())
    parts = found.groupdict(default="0") if found else {}
    length = timedelta(**{unit: int(number) for unit, number in parts.items()})
    if not timedelta(0) < length <= LONGEST:
        raise ArgumentTypeError(f"{text[:80]!r} is no length of time. Write 2h, 30m or 1d12h.")
    return length


def duration_words(length: timedelta) -> str:
    """Write a length of time as it is read: 1d12h."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = {"d": days, "h": hours, "m": minutes, "s": seconds}
    return "".join(f"{number}{unit}" for unit, number in parts.items() if number)


def media_path(text: str) -> str:
    try:
        validate_media_path(text)
    except ValidationError as error:
        raise ArgumentTypeError(" ".join(error.messages)) from None
    return text
