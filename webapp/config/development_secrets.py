"""Secrets that a developer's installation makes for itself on first start."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class InstanceUnusable(Exception):
    """The instance folder cannot be made, written or read; the text says what to do."""


def keep_development_secret(instance: Path, name: str) -> str:
    """The secret kept under this name, made on first use with mode 0600. Two processes at once agree on it."""
    path = instance / name.lower()
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        value = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as failure:
        reason = getattr(failure, "strerror", None) or "not plain text"
        raise InstanceUnusable(
            f"The instance folder {instance} cannot be used: {reason} ({path.name}). "
            "Make it writable, or set INSTANCE_PATH to a folder that is."
        ) from None
    if len(value) < 32:
        raise InstanceUnusable(f"{path} holds no usable secret. Delete it, and a new one is made.")
    return value


def read_development_fallbacks(instance: Path, name: str) -> str:
    """The former values of a secret that was replaced here, comma-separated; empty when it never was."""
    path = _fallbacks_path(instance, name)
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as failure:
        reason = getattr(failure, "strerror", None) or "not plain text"
        raise InstanceUnusable(f"{path} cannot be used: {reason}. Make it readable.") from None


def replace_development_secret(instance: Path, name: str) -> Path:
    """Make another value in place of the kept one, which becomes a fallback; the file of the fallbacks.

    The former value is written there first: whenever this is interrupted, it is still known.
    """
    former = keep_development_secret(instance, name)
    fallbacks = read_development_fallbacks(instance, name)
    path = _fallbacks_path(instance, name)
    _write_over(path, ",".join(filter(None, (former, fallbacks))))
    _write_over(instance / name.lower(), secrets.token_urlsafe(48))
    return path


def _fallbacks_path(instance: Path, name: str) -> Path:
    return instance / f"{name.lower()}_fallbacks"


def _write_over(path: Path, value: str) -> None:
    draft = _write_draft(path, value)
    draft.replace(path)


def _write_once(path: Path, value: str) -> None:
    """Write beside, then link into place: a reader sees the whole value or none, and the first writer wins."""
    draft = _write_draft(path, value)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)


def _write_draft(path: Path, value: str) -> Path:
    """A file beside it, whole and on the disk, for its owner alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(value + "\n")
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft
