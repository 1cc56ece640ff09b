// Signing in and out reaches every tab, and nothing that was under way survives it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser, typesOf } from "./browser.js";
import { problem } from "./session-server.js";

test("signing in takes a token and tells the other tabs so, without it", async () => {
  const browser = new Browser();
  const tab = browser.open();
  await browser.outcome(tab.client.signIn({ username: "account-mara", password: "correct horse" }));
  assert.equal(tab.client.claims().signedIn, true);
  assert.deepEqual(tab.changes, [{ type: "signed-in", by: "here" }]);
  assert.deepEqual(browser.messages, [{ kind: "signed-in" }]);
  assert.equal((await browser.outcome(tab.client.fetch("/api/v1/protected"))).status, 200);
});

test("a refused sign-in says what the server said, and keeps the present session", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  const route = browser.server.answer.bind(browser.server);
  browser.server.answer = (request, jar) => (request.url.endsWith("/login")
    ? Promise.resolve(problem(422, "invalid_input", { fields: { username: "Enter your username." } }))
    : route(request, jar));
  const error = await browser.outcome(tab.client.signIn({ username: "", password: "" }));
  assert.deepEqual([error.code, error.problem.fields], ["invalid_input", { username: "Enter your username." }]);
  assert.equal(tab.client.claims().signedIn, true);
});

test("signing out calls the server with token and CSRF value, and drops the token at once", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  const csrf = browser.jar.csrf;
  const done = tab.client.signOut();
  assert.equal(tab.client.claims().signedIn, false);
  assert.equal(await browser.outcome(done), undefined);
  const [{ headers }] = browser.server.sentTo("/api/v1/logout");
  assert.match(headers.authorization, /^DPoP head/);
  assert.equal(headers["x-csrf-token"], csrf);
});

test("nobody hears of a sign-out before the server has", async () => {
  const browser = Browser.signedIn();
  const here = await browser.openStarted();
  const elsewhere = await browser.openStarted();
  browser.server.delay = 2_000;
  const done = here.client.signOut();
  await browser.time.pass(1);
  assert.deepEqual([typesOf(here), typesOf(elsewhere)], [["renewed"], ["renewed"]]);
  assert.equal(await browser.outcome(done, 3), undefined);
  assert.deepEqual(here.changes.at(-1), { type: "signed-out", by: "here" });
  assert.deepEqual(elsewhere.changes.at(-1), { type: "signed-out", by: "elsewhere" });
});

test("a sign-in that overtakes a sign-out is not undone by it", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  const route = browser.server.answer.bind(browser.server);
  browser.server.answer = (request, jar) => (request.url.endsWith("/logout")
    ? new Promise((resolve) => browser.time.timers.setTimeout(() => resolve(new Response(null, { status: 204 })), 5_000))
    : route(request, jar));
  const done = tab.client.signOut();
  await browser.outcome(tab.client.signIn({ username: "account-ines", password: "battery staple" }));
  await browser.outcome(done, 6);
  assert.equal(tab.client.claims().signedIn, true);
  assert.deepEqual(typesOf(tab), ["renewed", "signed-in"]);
});

test("signing out reaches all tabs, and calls waiting there are rejected", async () => {
  const browser = Browser.signedIn();
  const here = await browser.openStarted();
  const elsewhere = await browser.openStarted();
  browser.server.delay = 5_000;
  const call = elsewhere.client.fetch("/api/v1/protected");
  await browser.time.pass(0);
  here.client.announceSignOut();
  assert.equal((await browser.outcome(call, 6)).code, "signed_out");
  assert.deepEqual(elsewhere.changes.at(-1), { type: "signed-out", by: "elsewhere" });
  assert.equal(elsewhere.client.claims().signedIn, false);
  assert.deepEqual(browser.messages, [{ kind: "signed-out" }]);
});

test("a refresh in flight is aborted by a sign-out in another tab, and its answer dropped", async () => {
  const browser = Browser.signedIn();
  const here = await browser.openStarted();
  const elsewhere = browser.open();
  browser.server.failNext(3_000);
  const started = elsewhere.client.start();
  await browser.time.pass(1);
  here.client.announceSignOut();
  assert.equal((await browser.outcome(started, 0)).code, "signed_out");
  await browser.time.pass(10);
  assert.equal(elsewhere.client.claims().signedIn, false);
  assert.deepEqual(typesOf(elsewhere), ["signed-out"]);
});

test("an answer that a fetch delivers despite the abort is dropped as well", async () => {
  const browser = Browser.signedIn();
  const tab = browser.open();
  const deaf = browser.server.answer.bind(browser.server);
  browser.server.answer = (request, jar) => deaf(new Request(request, { signal: null }), jar);
  browser.server.failNext(2_000);
  tab.client.start().catch(() => {});
  await browser.time.pass(1);
  tab.client.announceSignOut();
  await browser.time.pass(5);
  assert.equal(tab.client.claims().signedIn, false);
});

test("a sign-out wins at whatever instant of an answer's arrival it comes", async () => {
  for (let instants = 0; instants < 60; instants += 1) {
    const browser = Browser.signedIn();
    const tab = browser.open({ locks: null });
    const answer = browser.server.answer.bind(browser.server);
    const signOutLater = async () => {
      for (let passed = 0; passed < instants; passed += 1) await null;
      tab.client.announceSignOut();
    };
    browser.server.answer = (request, jar) => answer(request, jar).then((response) => {
      void signOutLater();
      return response;
    });
    tab.client.start().catch(() => {});
    await browser.time.pass(1);
    assert.equal(tab.client.claims().signedIn, false, `after ${instants} instants`);
    assert.equal(typesOf(tab).at(-1), "signed-out");
  }
});

test("no renewal follows a sign-out", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  tab.client.announceSignOut();
  tab.events.dispatchEvent(new Event("online"));
  tab.events.dispatchEvent(new Event("visibilitychange"));
  await browser.time.pass(3600);
  assert.equal(browser.server.refreshes, 1);
});

test("a sign-out that did not reach the server says so, but the page forgets its token", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  browser.server.answer = () => Promise.reject(new TypeError("Failed to fetch"));
  const error = await browser.outcome(tab.client.signOut());
  assert.equal(error.code, "unreachable");
  assert.equal(tab.client.claims().signedIn, false);
});

test("a page restored from the back-forward cache after its sign-out says so", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  tab.client.announceSignOut();
  tab.events.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  assert.deepEqual(tab.changes.at(-1), { type: "signed-out", by: "earlier" });
});

test("a page that was in the back-forward cache while another tab signed out drops its token", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  browser.server.end("here");
  Object.assign(browser.jar, { refresh: null, csrf: null });
  tab.events.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  assert.equal(tab.client.claims().signedIn, false);
  await browser.time.pass(1);
  assert.equal(tab.changes.at(-1).type, "ended");
});

test("a page shown for the first time is left alone", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  tab.client.announceSignOut();
  tab.events.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
  assert.deepEqual(typesOf(tab), ["renewed", "signed-out"]);
});

test("signing in again after a sign-out works in the same page", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  await browser.outcome(tab.client.signOut());
  await browser.outcome(tab.client.signIn({ username: "account-ines", password: "battery staple" }));
  await browser.time.pass(900);
  assert.deepEqual(typesOf(tab), ["renewed", "signed-out", "signed-in", "renewed"]);
});
