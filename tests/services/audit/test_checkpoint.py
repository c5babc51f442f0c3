"""Checkpoints: what they say, who signs them, and where they are told."""

import json
import sys
from base64 import b64decode

import pytest
from django.db import DataError

from mediajobs import guard, health
from mediajobs.models import AuditCheckpoint, AuditEvent, AuditLink
from mediajobs.models.checkpoint import NO_CHECKPOINT
from mediajobs.models.link import NO_CHAIN
from mediajobs.services import audit
from mediajobs.services.audit.seal import BATCH
from mediajobs.services.audit.verify_export import is_signed
from tests.trail import execute

pytestmark = pytest.mark.django_db


def record(count=1):
    AuditEvent.objects.append([audit.event("job.deleted", audit.ENGINE) for _ in range(count)])


def test_a_checkpoint_says_how_far_the_chain_goes(make_trail):
    made = make_trail(1, 2)
    link = AuditLink.objects.last()
    assert (made.number, made.seq, made.chain) == (1, 2, link.chain)
    assert (made.event_count, made.previous, made.reason) == (2, NO_CHECKPOINT, "a test")
    stored = AuditCheckpoint.objects.get()
    assert stored.body == stored.canonical_body() == made.body
    assert stored.digest == stored.compute_digest()


def test_each_checkpoint_names_the_one_before_it(make_trail):
    first, second = make_trail(1), make_trail(2)
    assert (second.number, second.previous) == (2, first.digest)


def test_a_checkpoint_of_an_empty_trail_says_so():
    made = audit.checkpoint("a test")
    assert (made.seq, made.chain, made.event_count) == (0, NO_CHAIN, 0)


@pytest.mark.parametrize("count", [1, BATCH, BATCH + 1])
def test_all_that_was_committed_before_is_sealed(count):
    record(count)
    assert audit.checkpoint("a test").seq == count


def test_with_a_key_it_is_signed(make_trail, signed):
    made = make_trail(1)
    assert made.key_id == json.loads(made.body)["key_id"] == signed
    assert is_signed(signed, made.signature, made.body)
    assert not is_signed(signed, made.signature, made.body + " ")


def test_without_a_key_it_says_that_it_is_not_signed(make_trail):
    made = make_trail(1)
    assert (made.key_id, made.signature) == ("", "")


def test_it_is_told_as_one_line_of_ascii_json_on_stdout(capfd, signed):
    record()
    made = audit.checkpoint("stopped \u202eby\n\x1b[31m Ada")
    (line,) = capfd.readouterr().out.splitlines()
    assert line.isascii()
    assert line.isprintable()
    told = json.loads(line)
    assert told == {
        "kind": "checkpoint",
        "number": 1,
        "body": made.body,
        "digest": made.digest,
        "signature": made.signature,
        "key_id": signed,
    }


def test_without_a_stdout_it_is_made_all_the_same_and_the_log_says_so(monkeypatch, caplog):
    monkeypatch.setattr(sys, "__stdout__", None)
    audit.checkpoint("a test")
    assert AuditCheckpoint.objects.exists()
    assert "checkpoint 1 could not be written to stdout" in caplog.text


@pytest.mark.parametrize("reason", ["the last one is signed", "a public key counts here"])
def test_without_the_key_of_a_signed_trail_all_is_sealed_and_none_is_made(
    make_trail, signed, settings, caplog, reason
):
    if reason == "the last one is signed":
        make_trail(1)
    else:
        settings.AUDIT_PUBLIC_KEYS = [b64decode(signed)]
    count = AuditCheckpoint.objects.count()
    key, settings.AUDIT_SIGNING_KEY = settings.AUDIT_SIGNING_KEY, b""
    record()
    assert audit.checkpoint("an export") is None
    assert "AUDIT_SIGNING_KEY is not set here" in caplog.text
    assert AuditCheckpoint.objects.count() == count
    assert AuditLink.objects.count() == AuditEvent.objects.count()
    settings.AUDIT_SIGNING_KEY = key
    assert audit.verify().problems == []


def test_behind_a_link_with_the_greatest_number_none_is_made_and_that_is_said(make_trail, caplog):
    make_trail(1)
    greatest = 2**63 - 1
    execute(f"INSERT INTO {guard.LINKS} (seq, event_id, chain) VALUES ({greatest}, 7777777, 'x')")
    record()
    assert audit.checkpoint("the worker") is None
    words = f"Link {greatest} leaves no number for others: run audit_verify."
    assert words in caplog.text
    assert health.trail().words.endswith(words)
    with pytest.raises(DataError, match="leaves no number"):
        audit.seal()
