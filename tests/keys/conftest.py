"""A clock that a test moves."""

from tests.keys.key_nodes import moved_clock

__all__ = ["moved_clock"]
