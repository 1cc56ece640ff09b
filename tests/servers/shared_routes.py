"""Routes that all applications of this process share: adding a few hundred of them is what making one costs most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import Map

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from flask import Flask
    from werkzeug.routing import RuleFactory


class SharedMap(Map):
    """The map of several applications, which has all its rules."""

    @classmethod
    def of(cls, rules: Map) -> Self:
        """These rules, as they are."""
        shared = cls.__new__(cls)
        vars(shared).update(vars(rules))
        return shared

    def add(self, rulefactory: RuleFactory) -> None:
        raise AssertionError("other applications would see it: use serve_too")


class SharedRoutes:
    """Registers as `register` does; from the second application on, by handing on what the first one got."""

    def __init__(self, register: Callable[..., None]) -> None:
        self._register = register
        self._held: dict[bool, dict[str, Any]] = {}

    def __call__(self, app: Flask, *, keeps_letters: bool) -> None:
        if keeps_letters not in self._held:
            self._register(app, keeps_letters=keeps_letters)
            app.url_map = SharedMap.of(app.url_map)
            self._held[keeps_letters] = {
                "url_map": app.url_map,
                "view_functions": dict(app.view_functions),
                "blueprints": dict(app.blueprints),
                "operations": app.extensions["latchkey_operations"],
            }
        held = self._held[keeps_letters]
        app.url_map = held["url_map"]
        app.view_functions = dict(held["view_functions"])
        app.blueprints = dict(held["blueprints"])
        app.extensions["latchkey_operations"] = held["operations"]


def serve_too(app: Flask, path: str, view: Callable[..., Any], **options: Any) -> None:
    """Add a path to this application alone. `view` declares its access; options as Flask's add_url_rule takes them."""
    if isinstance(app.url_map, SharedMap):
        app.url_map = Map(
            [rule.empty() for rule in app.url_map.iter_rules()], converters=app.url_map.converters
        )
    app.add_url_rule(path, "of_the_test", view, **options)
