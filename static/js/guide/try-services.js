// Calls that other services and their proxies make.

import { ALONE, answered, asReader, saidIn } from "./answers.js";

/** @type {Record<string, Try>} */
export const tries = {
  async keys() {
    const response = await fetch("/.well-known/jwks.json", ALONE);
    const { body, told } = await answered(response);
    const keys = /** @type {{ kid: string, alg: string }[]} */ (body.keys ?? []);
    const mine = document.querySelector('[data-value="kid"]')?.textContent;
    return {
      ...told, kind: "good", sentence: keys.length === 1 ? "One key is published." : `${keys.length} keys are published.`,
      facts: [
        ...keys.map(({ kid, alg }) => /** @type {[string, string]} */ ([kid === mine ? "Yours" : "Key", `${kid} ${alg}`])),
        ["Kept for", response.headers.get("Cache-Control") ?? ""],
      ],
    };
  },

  async verify() {
    const response = await fetch("/api/v1/verify", { cache: "no-store" });
    const { told } = await answered(response);
    const names = ["X-Auth-Subject", "X-Auth-Username", "X-Auth-Scopes"];
    return {
      ...told, kind: response.ok ? "good" : "info",
      sentence: response.ok
        ? "Let it pass: the proxy may tell its program whose request it is."
        : "Nobody is signed in here: the proxy would send you to the sign-in page.",
      facts: names.map((name) => [name, response.headers.get(name) ?? ""]),
    };
  },

  async scope() {
    const { body, told } = await answered(await fetch("/api/v1/verify?scope=admin:write", { cache: "no-store" }));
    const isAllowed = told.status === 204;
    return {
      ...told, kind: isAllowed ? "good" : "info",
      sentence: isAllowed ? "Let it pass: your roles grant that scope." : saidIn(body),
    };
  },

  async connections(reader) {
    const { body, told } = await asReader(reader, "/api/v1/connections");
    const found = /** @type {{ name: string, quota: { used: number, limit: number } }[]} */ (body.connections ?? []);
    return {
      ...told, kind: "good", sentence: found.length ? "These are open to you." : "No role of yours opens a connection.",
      facts: found.map(({ name, quota }) => [name, `${quota.used} of ${quota.limit} calls used`]),
    };
  },

  async metadata() {
    const { body, told } = await answered(await fetch("/.well-known/oauth-authorization-server", ALONE));
    const names = ["issuer", "jwks_uri", "introspection_endpoint", "revocation_endpoint"];
    return {
      ...told, kind: "good", sentence: "A service needs this one address to find the rest.",
      facts: names.map((name) => [name, String(body[name] ?? "")]),
    };
  },
};
