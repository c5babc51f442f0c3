"""The key that signs checkpoints, and those whose signatures count; Ed25519."""

from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings


def make_key() -> tuple[str, str]:
    """Make a new key; return the secret and the public half, in base64."""
    key = Ed25519PrivateKey.generate()
    return b64encode(key.private_bytes_raw()).decode(), public_half(key)


def signing_key() -> Ed25519PrivateKey | None:
    seed = settings.AUDIT_SIGNING_KEY
    return Ed25519PrivateKey.from_private_bytes(seed) if seed else None


def public_half(key: Ed25519PrivateKey) -> str:
    return b64encode(key.public_key().public_bytes_raw()).decode()


def known_keys() -> set[str]:
    """Name the public keys that count: of the signing key, and those of the settings."""
    own = signing_key()
    known = {b64encode(key).decode() for key in settings.AUDIT_PUBLIC_KEYS}
    return known | ({public_half(own)} if own else set())


def signature(key: Ed25519PrivateKey, body: str) -> str:
    return b64encode(key.sign(f"audit-checkpoint/1\n{body}".encode())).decode()
