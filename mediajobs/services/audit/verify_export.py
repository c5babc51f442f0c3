"""Checks an exported trail on any machine: python verify_export.py FILE [--key PUBLIC_KEY].

Needs Python and, for signatures, the package cryptography; no panel and no Django. Exit status:
0 sound, 1 tampered with, 2 wrong use, 3 could not be checked: with a key, also what no signature
covers.
"""

import argparse
import hashlib
import json
import re
import sys
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

SOUND, TAMPERED, UNCHECKED = 0, 1, 3

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError as missing:
    if __name__ != "__main__":
        raise
    sys.stderr.write(f"Could not be checked: {missing}. Install it: pip install cryptography\n")
    sys.exit(UNCHECKED)  # Python itself would end with 1

FORMAT = "mediajobs-audit/1"
KEY_BYTES = 32
HASH = re.compile("[0-9a-f]{64}")
LIMITS = (
    "Each event is as its digest says, and none of the file is missing; the file cannot show that "
    "nothing else was recorded, nor that its events stand in the trail: for that compare it with "
    "“manage.py audit_verify --export FILE”."
)
ENDS = "Whether that is all, only the trail or another copy tells."


class TamperedError(Exception):
    """The first thing in the file that cannot be as the panel wrote it, in a sentence."""


class UnreadableError(Exception):
    """The file is no export that this script knows, in a sentence."""


@dataclass
class Progress:
    """What the lines so far amount to."""

    keys: Collection[str]
    signed_from: int
    selection: str = ""
    first_seq: int = 1
    seq: int = 0
    chain: str = ""
    signed_seq: int = 0
    event_count: int = 0
    checkpoint_count: int = 0
    checkpoint: dict[str, Any] = field(default_factory=dict)
    event: dict[str, Any] = field(default_factory=dict)
    reaches: list[str] = field(default_factory=list)
    key_ids: set[str] = field(default_factory=set)

    @property
    def is_whole(self) -> bool:
        return not self.selection


def records(
    file: Iterable[bytes], keys: Collection[str] = (), *, signed_from: int = 1
) -> Iterator[tuple[dict[str, Any], Progress]]:
    """Check the lines one by one; give each that is sound, with what all so far amount to.

    With `keys` (public ones, in base64) the checkpoints from `signed_from` on must be signed by
    one of them. Raises TamperedError or UnreadableError at the first line that is not sound.
    """
    progress, so_far, last = Progress(keys, signed_from), hashlib.sha256(), ""
    for number, line in enumerate(file, start=1):
        record = parsed(line, number)
        kind = record.get("kind")
        if last == "end" or (kind == "header") != (number == 1) or kind not in CHECKS:
            raise TamperedError(f"Line {number} stands where it does not belong.")
        if kind == "end" and record.get("digest") != so_far.hexdigest():
            raise TamperedError("The closing line has another hash than the lines before it.")
        try:
            CHECKS[kind](record, progress)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise TamperedError(f"Line {number} is not as it must be ({error}).") from None
        so_far.update(line)
        last = kind
        yield record, progress
    if last != "end":
        raise TamperedError("The file ends without its closing line: the end was cut off.")


def parsed(line: bytes, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        kind = UnreadableError if number == 1 else TamperedError
        raise kind(f"Line {number} is no JSON object.")
    return record


def check_header(record: dict[str, Any], progress: Progress) -> None:
    if record.get("format") != FORMAT:
        raise UnreadableError(f"The first line does not say that this is {FORMAT}.")
    progress.selection = str(record["selection"])
    progress.first_seq, progress.chain = record["first_seq"], hash_in(record, "chain_before")
    progress.seq = progress.first_seq - 1
    before = {"number": record["checkpoint_before"], "digest": record["digest_before"]}
    progress.checkpoint = before


def check_event(record: dict[str, Any], progress: Progress) -> None:
    seq, digest, chain_here = record["seq"], record["digest"], hash_in(record, "chain")
    name = f"Event {int(record['id'])} (link {int(seq)})"
    if digest != sha256("audit-event/1\n" + record["body"]):
        raise TamperedError(f"{name}: its text does not match its digest.")
    is_next = seq == progress.seq + 1
    if seq <= progress.seq or (progress.is_whole and not is_next):
        raise TamperedError(f"{name} follows link {progress.seq}: there is a gap, or an order.")
    chain = sha256(f"audit-link/1\n{progress.chain}\n{seq}\n{record['id']}\n{digest}")
    if is_next and chain_here != chain:
        raise TamperedError(f"{name}: its chain does not follow from the link before it.")
    progress.seq, progress.chain, progress.event = seq, chain_here, record
    progress.event_count += 1


def check_checkpoint(record: dict[str, Any], progress: Progress) -> None:
    body, last = json.loads(record["body"]), progress.checkpoint
    name = f"Checkpoint {int(body['number'])}"
    if record["digest"] != sha256("audit-checkpoint/1\n" + record["body"]):
        raise TamperedError(f"{name}: its text does not match its digest.")
    if (record["number"], record["key_id"]) != (body["number"], body["key_id"]):
        raise TamperedError(f"{name}: the line says something else than its sealed text.")
    if (body["number"], body["previous"]) != (last["number"] + 1, last["digest"]):
        raise TamperedError(f"{name} does not follow checkpoint {last['number']}.")
    is_here = body["seq"] == progress.seq
    if progress.is_whole and not (is_here and body["chain"] == progress.chain):
        raise TamperedError(f"{name} says another chain for link {body['seq']} than the file.")
    check_signature(name, record, progress)
    progress.checkpoint = record
    progress.checkpoint_count += 1


def check_signature(name: str, record: dict[str, Any], progress: Progress) -> None:
    key_id, keys = record["key_id"], progress.keys
    if not key_id:
        if record["signature"]:
            raise TamperedError(f"{name} has a signature, and names no key.")
        if keys and record["number"] >= progress.signed_from:
            raise TamperedError(f"{name} is not signed.")
        return
    if keys and key_id not in keys:
        raise TamperedError(f"{name} is signed with a key that was not named: {key_id!r}.")
    if not is_signed(key_id, record["signature"], record["body"]):
        raise TamperedError(f"{name}: its signature is wrong.")
    progress.key_ids.add(key_id)
    progress.signed_seq = progress.seq


def check_end(record: dict[str, Any], progress: Progress) -> None:
    told = (record["event_count"], record["checkpoint_count"])
    if told != (progress.event_count, progress.checkpoint_count):
        raise TamperedError("The closing line counts other events or checkpoints than there are.")
    if missing := int(record.get("missing_count", 0)):
        raise TamperedError(f"{missing:,} events were not there when the file was written.")
    if progress.event_count:
        last = progress.event
        progress.reaches.append(f"event {last['id']} of {json.loads(last['body'])['at']}")
    if progress.checkpoint_count:
        last = progress.checkpoint
        progress.reaches.append(f"checkpoint {last['number']} of {json.loads(last['body'])['at']}")
    if progress.is_whole and progress.checkpoint_count:
        newest = json.loads(progress.checkpoint["body"])
        begin = newest["seq"] - newest["event_count"] + 1
        if progress.first_seq != begin:
            raise TamperedError(
                f"The file begins at link {progress.first_seq}; as checkpoint {newest['number']} "
                f"counts, the trail begins at {begin}: the beginning was cut off."
            )


def hash_in(record: dict[str, Any], name: str) -> str:
    """Read a hash; what is none is not repeated in a sentence that a terminal shows."""
    if not HASH.fullmatch(record[name]):
        raise ValueError(f"its {name} is no hash")
    return record[name]


CHECKS = {
    "header": check_header,
    "event": check_event,
    "checkpoint": check_checkpoint,
    "end": check_end,
}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_signed(key_id: str, signature: str, body: str) -> bool:
    """Whether the holder of the key has signed the text of this checkpoint."""
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(key_id, validate=True))
        signed = b64decode(signature, validate=True)
        key.verify(signed, f"audit-checkpoint/1\n{body}".encode())
    except (InvalidSignature, ValueError):
        return False
    return b64encode(signed).decode() == signature  # several texts stand for the same bytes


def is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == KEY_BYTES
    except ValueError:
        return False


def main(arguments: list[str]) -> tuple[int, str]:
    """Check the file that the arguments name; return the exit status and a sentence."""
    parser = argparse.ArgumentParser(description="Check an exported audit trail.")
    parser.add_argument("file")
    parser.add_argument("--key", action="append", default=[], help="a public key that counts")
    parser.add_argument("--signed-from", type=int, default=1, metavar="CHECKPOINT")
    options = parser.parse_args(arguments)
    if wrong := [key for key in options.key if not is_key(key)]:
        sentence = f"{wrong[0]!r} is no public key; “manage.py audit_key” prints one."
        return UNCHECKED, f"Could not be checked: {sentence}"
    try:
        with open(options.file, "rb") as file:
            checked = records(file, options.key, signed_from=options.signed_from)
            [(_, progress)] = deque(checked, maxlen=1)
    except TamperedError as error:
        return TAMPERED, f"TAMPERED: {error}"
    except (OSError, UnreadableError) as error:
        return UNCHECKED, f"Could not be checked: {error}"
    is_covered = progress.is_whole and progress.key_ids
    status = UNCHECKED if options.key and not is_covered else SOUND
    return status, words(progress, bool(options.key))


def words(progress: Progress, is_key_known: bool) -> str:
    counts = f"{progress.event_count:,} events, {progress.checkpoint_count:,} checkpoints"
    span = f"from link {progress.first_seq:,} up to link {progress.seq:,}"
    parts = [f"Sound in itself: {counts}, {span}, chain {progress.chain}."]
    if progress.reaches:
        parts.append(f"It reaches up to {' and '.join(progress.reaches)}. {ENDS}")
    if not progress.is_whole:
        # As JSON, which no terminal misreads.
        parts.append(f"It is a selection, {json.dumps(progress.selection)}. {LIMITS}")
    if not progress.key_ids:
        parts.append("No checkpoint is signed: whoever made the file could have made it up.")
    elif progress.is_whole and progress.signed_seq < progress.seq:
        after = progress.seq - progress.signed_seq
        parts.append(
            f"Signed up to link {progress.signed_seq:,}: whoever made the file could have made up "
            f"the {after:,} events after it."
        )
    if progress.key_ids and not is_key_known:
        signers = ", ".join(sorted(progress.key_ids))
        parts.append(f"Signed with {signers}: compare it with the key that you know.")
    return " ".join(parts)


def run() -> int:
    """Check and tell; whatever breaks ends as not checked, since 1 says that somebody tampered."""
    try:
        status, sentence = main(sys.argv[1:])
        sys.stdout.reconfigure(errors="backslashreplace")
        sys.stdout.write(escaped(sentence) + "\n")
        sys.stdout.flush()
    except Exception as error:  # noqa: BLE001 -- of any kind, as it says
        sys.stderr.write(escaped(f"Could not be checked: {type(error).__name__}: {error}") + "\n")
        sys.stdout = None  # which Python would try to flush once more
        return UNCHECKED
    return status


def escaped(words: str) -> str:
    """Spell out what a terminal obeys: words of the file may stand in a sentence."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in words
    )


if __name__ == "__main__":
    sys.exit(run())
