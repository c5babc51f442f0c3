"""Taking in job ids: from a form, a paste, a file, a pipe or a pipeline."""

from mediajobs.services.intake.lines import read_lines
from mediajobs.services.intake.packed import Packed, unpack
from mediajobs.services.intake.pipeline import take
from mediajobs.services.intake.preview import Preview, preview
from mediajobs.services.intake.rows import Malformed, Row, read_rows
from mediajobs.services.intake.store import Stored, record_one, store
from mediajobs.services.intake.words import Taken

__all__ = [
    "Malformed",
    "Packed",
    "Preview",
    "Row",
    "Stored",
    "Taken",
    "preview",
    "read_lines",
    "read_rows",
    "record_one",
    "store",
    "take",
    "unpack",
]
