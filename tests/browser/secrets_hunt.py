"""Looks for tokens in every place of a page that a script or a bystander could read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Request

TOKEN_LIKE = re.compile(r"eyJ[\w-]{5,}|(?<![\w-])[\w-]{43,}(?![\w-])")
CSRF_COOKIE = "__Host-csrf_refresh_token"
# What the client may keep: one pair of keys, whose private half no script can read.
KEY_KEPT = {"latchkey": ["public key", "sealed private key"]}
# Forms carry Flask-WTF's signed value, which proves where a form came from and opens nothing.
FORM_VALUE = re.compile(r'name="csrf_token" value="[^"]*"')
READABLE = """async () => {
    const texts = new Set();
    const met = new Set([window]);
    const look = (value, depth) => {
        if (typeof value === "string" && value.length >= 16) texts.add(value);
        if (depth === 0 || value === null || typeof value !== "object" || value instanceof Node) return;
        if (met.has(value)) return;
        met.add(value);
        for (const name of Object.getOwnPropertyNames(value)) {
            look(name, 0);
            try { look(value[name], depth - 1); } catch { /* not readable by anybody */ }
        }
    };
    const answerOf = (request) => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
    const isSealed = async (key) => {
        const tries = ["jwk", "pkcs8"].map((format) => crypto.subtle.exportKey(format, key));
        return (await Promise.allSettled(tries)).every(({ status }) => status === "rejected");
    };
    const partsOf = async (value) => {
        if (value instanceof CryptoKey) {
            const sealed = value.type === "private" && await isSealed(value);
            return [`${sealed ? "sealed " : ""}${value.type} key`];
        }
        if (typeof value !== "object" || value === null) return [String(value)];
        return (await Promise.all(Object.values(value).map(partsOf))).flat();
    };
    const databases = {};
    for (const { name } of await indexedDB.databases()) {
        const database = await answerOf(indexedDB.open(name));
        databases[name] = [];
        for (const store of database.objectStoreNames) {
            const rows = await answerOf(database.transaction(store).objectStore(store).getAll());
            databases[name].push(...(await Promise.all(rows.map(partsOf))).flat());
        }
        databases[name].sort();
        database.close();
    }
    for (const name of Object.getOwnPropertyNames(window)) {
        // What this test's own tools brought along.
        if (/^axe|playwright|^__pw/.test(name)) continue;
        try { look(window[name], 3); } catch { /* likewise */ }
    }
    return {
        cookie: document.cookie,
        storage: [{ ...localStorage }, { ...sessionStorage }],
        databases,
        caches: await caches.keys(),
        workers: (await navigator.serviceWorker.getRegistrations()).length,
        html: document.documentElement.outerHTML,
        fields: [...document.querySelectorAll("input:not([name=csrf_token])")].map((input) => input.value),
        templates: [...document.querySelectorAll("template")].map((template) => template.innerHTML),
        history: JSON.stringify(history.state),
        names: [location.href, document.referrer, window.name, document.title],
        loaded: performance.getEntries().map((entry) => entry.name),
        texts: [...texts],
    };
}"""


class SecretsHunt:
    """Notes what a browser is given and asks for. Attach it before its pages open."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self.requests: list[Request] = []
        context.on("request", self._note)

    @property
    def access_tokens(self) -> list[str]:
        """Those that the pages' calls carried, each once, the newest last."""
        sent = [request.headers.get("authorization", "") for request in self.requests]
        return list(dict.fromkeys(header.split(" ")[1] for header in sent if header))

    def find(self, page: Page) -> list[str]:
        """Where a secret can be read on the page, or anything is kept but the sealed key; empty when nowhere."""
        seen: dict[str, Any] = page.evaluate(READABLE)
        databases = seen["databases"].items()
        found = [f"database {each} holds {kept}" for each, kept in databases if KEY_KEPT.get(each) != kept]
        found += [f"{place} holds {seen[place]}" for place in ("caches", "workers") if seen[place]]
        found += [f"storage holds {kept}" for kept in seen["storage"] if kept]
        found += [f"readable cookie {name}" for name in _names(seen.pop("cookie")) if name != CSRF_COOKIE]
        seen["html"] = FORM_VALUE.sub("", seen["html"])
        seen["templates"] = [FORM_VALUE.sub("", template) for template in seen["templates"]]
        for place, value in seen.items():
            text = str(value)
            found += [f"{place}: {match[0]}" for match in TOKEN_LIKE.finditer(text)]
            found += [f"{place}: {secret}" for secret in self._secrets() if secret in text]
        return found

    def find_in_addresses(self) -> list[str]:
        """Addresses asked for that carry a secret."""
        urls = [request.url for request in self.requests]
        return [url for url in urls if TOKEN_LIKE.search(url) or any(part in url for part in self._secrets())]

    def token_sent_to(self, path: str) -> str:
        """The access token that the latest call to `path` carried."""
        calls = [request for request in self.requests if request.url.endswith(path)]
        return calls[-1].headers["authorization"].split(" ")[1]

    def _secrets(self) -> list[str]:
        """Each token and each part of one that this browser was given and a page may not show."""
        hidden = [each for each in self._context.cookies() if each["name"] != CSRF_COOKIE]
        whole = [*self.access_tokens, *(each["value"] for each in hidden)]
        return [part for text in whole for part in re.split(r"[.|]", text) if len(part) >= 16]

    def _note(self, request: Request) -> None:
        self.requests.append(request)


def _names(cookies: str) -> list[str]:
    return [pair.split("=")[0] for pair in cookies.split("; ") if pair]
