"""The accounts of people: signing in and out, what changes about them, and what is refused."""

from mediajobs.services.accounts.lifting import lifting_on_record
from mediajobs.services.accounts.people import (
    added,
    changed,
    delete,
    facts_of,
    password_changed,
    password_on_record,
    superusers_added,
)
from mediajobs.services.accounts.rights import (
    refused,
    refused_deeds,
    refused_token,
    tell_refused_deeds,
)
from mediajobs.services.accounts.sign_in import (
    not_staff,
    refused_tries,
    signed_in,
    signed_out,
    wrong_password,
)

__all__ = [
    "added",
    "changed",
    "delete",
    "facts_of",
    "lifting_on_record",
    "not_staff",
    "password_changed",
    "password_on_record",
    "refused",
    "refused_deeds",
    "refused_token",
    "refused_tries",
    "signed_in",
    "signed_out",
    "superusers_added",
    "tell_refused_deeds",
    "wrong_password",
]
