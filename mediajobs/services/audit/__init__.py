"""The trail: written with each deed, sealed into a chain, and shown to be whole."""

from mediajobs.services.audit.checkpoint import checkpoint
from mediajobs.services.audit.export import export
from mediajobs.services.audit.hand_out import ExportFormat, hand_out
from mediajobs.services.audit.keys import known_keys, make_key
from mediajobs.services.audit.outcomes import hash_at_end, jobs_digest, outcome_digest
from mediajobs.services.audit.prune import prune
from mediajobs.services.audit.readings import (
    last_verified,
    part_verified,
    record_export,
    record_guarding,
    record_verification,
    storable,
)
from mediajobs.services.audit.record import ENGINE, Actor, address_of, event, record
from mediajobs.services.audit.removed import is_as_signed
from mediajobs.services.audit.report import Report, Verdict
from mediajobs.services.audit.seal import seal
from mediajobs.services.audit.selection import Found, SearchIn, Selection, newest
from mediajobs.services.audit.unreadable import UNREADABLE, readable
from mediajobs.services.audit.verify import verify

__all__ = [
    "ENGINE",
    "UNREADABLE",
    "Actor",
    "ExportFormat",
    "Found",
    "Report",
    "SearchIn",
    "Selection",
    "Verdict",
    "address_of",
    "checkpoint",
    "event",
    "export",
    "hand_out",
    "hash_at_end",
    "is_as_signed",
    "jobs_digest",
    "known_keys",
    "last_verified",
    "make_key",
    "newest",
    "outcome_digest",
    "part_verified",
    "prune",
    "readable",
    "record",
    "record_export",
    "record_guarding",
    "record_verification",
    "seal",
    "storable",
    "verify",
]
