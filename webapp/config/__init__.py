"""Settings: read from the environment once, typed, checked; production refuses what is unsafe and says why.

Owns every name an operator can set and what it means. Knows no Flask and no feature.
Stands on core, pydantic, and SQLAlchemy's reading of addresses.
"""

from webapp.config.load import UnusableSettings, load_settings
from webapp.config.settings import Settings
from webapp.core.parts import part


def current_settings() -> Settings:
    """The settings of the application at work. Raises LookupError outside of one."""
    return part(Settings)


__all__ = ["Settings", "UnusableSettings", "current_settings", "load_settings"]
