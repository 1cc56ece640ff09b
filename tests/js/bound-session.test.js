// A session bound to this browser's key: every request proves it, and who cannot is asked who they are.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser, typesOf } from "./browser.js";
import { NO_KEYS } from "./key-stores.js";
import { problem } from "./session-server.js";

const HALF_HOUR = 1800;

test("the first renewal binds the session, and calls carry a bound token to API v2", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  assert.equal(tab.client.claims().bound, true);
  assert.equal(browser.keys.kept.privateKey.extractable, false);
  const response = await browser.outcome(tab.client.fetch("/api/v1/protected?page=2"));
  assert.equal(response.status, 200);
  assert.deepEqual(browser.server.requests.map(({ version }) => version), [2, 2]);
});

test("every try has a proof of its own", async () => {
  const browser = Browser.signedIn();
  browser.server.failNext("no network", problem(503, "busy"));
  const tab = browser.open();
  assert.equal(await browser.outcome(tab.client.start(), 5), true);
  browser.server.refuseTokens();
  await browser.outcome(tab.client.fetch("/api/v1/protected"));
  const proofs = browser.server.requests.map(({ headers }) => headers.dpop);
  assert.equal(proofs.length, 6);
  assert.equal(new Set(proofs).size, 6);
});

test("tabs that start at once end with one key", async () => {
  const browser = Browser.signedIn();
  const started = Array.from({ length: 5 }, () => browser.open({ locks: null }).client.start());
  assert.deepEqual(await browser.outcome(Promise.all(started)), Array(5).fill(true));
});

test("a nonce that is asked for costs one more try, and is used from then on", async () => {
  const browser = Browser.signedIn();
  browser.server.proofs.nonce = "first";
  const tab = await browser.openStarted();
  assert.deepEqual([typesOf(tab), browser.server.refreshes], [["renewed"], 2]);
  browser.server.proofs.nonce = "second";
  const call = await browser.outcome(tab.client.fetch("/api/v1/profile", { method: "PATCH", body: "{}" }));
  assert.equal((await call.json()).body, "{}");
  await browser.outcome(tab.client.fetch("/api/v1/protected"));
  const paths = browser.server.requests.slice(2).map(({ path }) => path.split("/").at(-1));
  assert.deepEqual(paths, ["profile", "profile", "protected"]);
});

test("a nonce that is asked for again and again is no sign-out", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  const again = () => problem(401, "use_dpop_nonce", {}, { "DPoP-Nonce": "never right" });
  browser.server.failNext(again(), again());
  await browser.time.pass(839.2);
  assert.deepEqual(tab.changes.at(-1).code, "use_dpop_nonce");
  await browser.time.pass(8);
  assert.equal(tab.changes.at(-1).type, "renewed");
});

test("signing in asks for a nonce once more too, and binds at once", async () => {
  const browser = new Browser();
  browser.server.proofs.nonce = "first";
  const tab = browser.open();
  await browser.outcome(tab.client.signIn({ username: "account-mara", password: "correct horse" }));
  assert.equal(tab.client.claims().bound, true);
  assert.notEqual(browser.server.boundTo, null);
});

test("a session bound to another key asks who it is, once and for all", async () => {
  const browser = Browser.signedIn();
  browser.server.boundTo = "a key that is lost";
  const tab = browser.open();
  assert.equal(await browser.outcome(tab.client.start(), HALF_HOUR), false);
  assert.deepEqual(tab.changes.at(-1), { type: "unproven", code: "invalid_dpop_proof", cause: null });
  assert.equal(browser.server.refreshes, 6);
  assert.equal(browser.server.ended, null);
});

test("a proof refused is made anew: the browser may have sent it twice by itself, after a cut connection", async () => {
  const browser = Browser.signedIn();
  browser.server.failNext(...Array(5).fill(null).map(() => problem(401, "invalid_dpop_proof")));
  const tab = browser.open();
  assert.equal(await browser.outcome(tab.client.start(), 5), true);
  assert.deepEqual(typesOf(tab), ["delayed", "delayed", "renewed"]);
});

test("a browser without a place for keys uses API v1", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted({ keys: NO_KEYS });
  assert.equal(tab.client.claims().bound, false);
  assert.equal((await browser.outcome(tab.client.fetch("/api/v1/protected"))).status, 200);
  await browser.outcome(tab.client.signOut());
  assert.ok(browser.server.requests.every(({ version, headers }) => version === 1 && !headers.dpop));
});

test("a place for keys that never answers costs three seconds for each renewal", async () => {
  const browser = Browser.signedIn();
  const silent = { take: () => new Promise(() => {}), drop: () => new Promise(() => {}) };
  const tab = browser.open({ keys: silent });
  assert.equal(await browser.outcome(tab.client.start(), 3.1), true);
  browser.server.refuseTokens();
  assert.equal((await browser.outcome(tab.client.fetch("/api/v1/protected"), 3.2)).status, 200);
});

test("a place for keys that was slow once is asked again, so a bound session goes on", async () => {
  const browser = Browser.signedIn();
  await browser.openStarted();
  const shelf = browser.keys;
  let asked = 0;
  const slowOnce = {
    take: (/** @type {any} */ held) => ((asked += 1) === 1 ? new Promise(() => {}) : shelf.take(held)),
    drop: () => shelf.drop(),
  };
  const tab = browser.open({ keys: slowOnce });
  assert.equal(await browser.outcome(tab.client.start(), 10), true);
  assert.equal(tab.client.claims().bound, true);
});

test("a bound session is never renewed without its key", async () => {
  const browser = Browser.signedIn();
  await browser.openStarted();
  const tab = browser.open({ keys: NO_KEYS });
  assert.equal(await browser.outcome(tab.client.start(), HALF_HOUR), false);
  assert.equal(typesOf(tab).at(-1), "unproven");
});

test("a page that holds the key puts it back where it was lost", async () => {
  const browser = Browser.signedIn();
  await browser.openStarted();
  const { kept } = browser.keys;
  browser.keys.kept = null;
  await browser.time.pass(900);
  assert.equal(browser.keys.kept, kept);
});

test("a place for keys that fails later does not unbind the page", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  Object.assign(browser.keys, NO_KEYS);
  await browser.time.pass(900);
  assert.deepEqual([typesOf(tab), tab.client.claims().bound], [["renewed", "renewed"], true]);
});

test("signing out gives the key up, and the next sign-in has another", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  const before = browser.server.boundTo;
  await browser.outcome(tab.client.signOut());
  assert.equal(browser.keys.kept, null);
  await browser.outcome(tab.client.signIn({ username: "account-mara", password: "correct horse" }));
  assert.ok(browser.server.boundTo && browser.server.boundTo !== before);
});

test("a tab that hears of a sign-out brings no old key back", async () => {
  const browser = Browser.signedIn();
  const here = await browser.openStarted();
  await browser.openStarted();
  const { kept } = browser.keys;
  await browser.outcome(here.client.signOut());
  await browser.outcome(here.client.signIn({ username: "account-mara", password: "correct horse" }));
  await browser.time.pass(HALF_HOUR);
  assert.notEqual(browser.keys.kept, kept);
  assert.ok(browser.tabs.every(({ client }) => client.claims().signedIn));
});

test("a page back from the cache after another tab's sign-out brings no old key back", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  const { kept } = browser.keys;
  browser.server.end("here");
  Object.assign(browser.jar, { refresh: null, csrf: null });
  browser.keys.kept = null;
  tab.events.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await browser.time.pass(1);
  assert.equal(typesOf(tab).at(-1), "ended");
  assert.notEqual(browser.keys.kept, kept);
});

test("a page of another origin asks for the CSRF value and stays with API v1", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted({ origin: "http://localhost:5173" });
  assert.equal(browser.server.sentTo("/api/v1/csrf").length, 1);
  const [refresh] = browser.server.sentTo("/api/v1/refresh");
  assert.deepEqual([refresh.version, refresh.headers["x-csrf-token"]], [1, browser.jar.csrf]);
  assert.equal((await browser.outcome(tab.client.fetch("/api/v1/protected"))).status, 200);
  await browser.outcome(tab.client.signOut());
  assert.equal(browser.server.ended, "here");
  assert.equal(browser.keys.kept, null);
});
