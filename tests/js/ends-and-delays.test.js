// Which answers to a refresh end the session on the page, and which only mean "later".

import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser, typesOf } from "./browser.js";
import { problem } from "./session-server.js";

const HALF_HOUR = 1800;

for (const [code, cause] of [
  ["session_ended", "administrator"], ["refresh_token_reused", null], ["refresh_token_missing", null],
]) {
  test(`401 ${code} ends the session with its cause`, async () => {
    const browser = Browser.signedIn();
    const tab = await browser.openStarted();
    browser.server.failNext(problem(401, code, cause ? { cause } : {}));
    browser.server.refuseTokens();
    const error = await browser.outcome(tab.client.fetch("/api/v1/protected"));
    assert.equal(error.code, code);
    assert.deepEqual(tab.changes.at(-1), { type: "ended", code, cause });
    assert.equal(tab.client.claims().signedIn, false);
  });
}

test("after the end nothing is sent any more", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  browser.server.end("idle");
  await browser.outcome(tab.client.fetch("/api/v1/protected"));
  const sent = browser.server.requests.length;
  const error = await browser.outcome(tab.client.fetch("/api/v1/protected"), HALF_HOUR);
  assert.equal(error.code, "signed_out");
  assert.equal(browser.server.requests.length, sent);
});

for (const [name, answer] of [
  ["409 refresh_retry", () => problem(409, "refresh_retry")],
  ["403 csrf_failed", () => problem(403, "csrf_failed")],
  ["401 of a proxy", () => new Response("<h1>Unauthorized</h1>", { status: 401 })],
  ["403 session_ended", () => problem(403, "session_ended")],
  ["429", () => problem(429, "too_many_attempts", {}, { "Retry-After": "3" })],
  ["500", () => problem(500, "server_error")],
  ["503 with a date", () => problem(503, "busy", {}, { "Retry-After": "Sun, 01 Mar 2026 12:14:03 GMT" })],
  ["200 of a captive portal", () => new Response("<h1>Welcome</h1>")],
  ["200 with a list", () => new Response("[1]")],
  ["200 without a lifetime", () => new Response('{"token": "a.b.c", "token_type": "Bearer"}')],
  ["no network", () => "no network"],
]) {
  test(`${name} keeps the present token, and is tried again`, async () => {
    const browser = Browser.signedIn();
    const tab = await browser.openStarted();
    browser.server.failNext(answer());
    await browser.time.pass(839.2);
    assert.equal(tab.changes.at(-1).type, "delayed");
    const call = await browser.outcome(tab.client.fetch("/api/v1/protected"), 0.1);
    assert.equal(call.status, 200);
    await browser.time.pass(8);
    assert.equal(tab.changes.at(-1).type, "renewed");
  });
}

test("an answer older than 12 s is given up, and the next one counts", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  browser.server.failNext("lost");
  browser.server.refuseTokens();
  const call = tab.client.fetch("/api/v1/protected");
  assert.equal(await browser.outcome(call, 11.9), "waiting");
  assert.equal((await browser.outcome(call, 2)).status, 200);
  assert.equal(tab.changes.find(({ type }) => type === "delayed").code, "no_answer");
});

test("an answer that arrives after the device slept through the deadline is not believed", async () => {
  const browser = Browser.signedIn();
  const tab = browser.open();
  void tab.client.start();
  await browser.time.pass(0);
  browser.time.sleep(20);
  await browser.time.pass(0.1);
  assert.deepEqual(typesOf(tab), ["delayed"]);
});

test("tries double their distance up to a minute", async () => {
  const browser = Browser.signedIn();
  browser.server.failNext(...Array(12).fill("no network"));
  const tab = browser.open({ random: () => 1 });
  tab.client.start().catch(() => {});
  await browser.time.pass(HALF_HOUR);
  const waits = tab.changes.filter(({ type }) => type === "delayed").map(({ retryInMs }) => retryInMs / 1000);
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]);
});

test("Retry-After is a floor, spread so that tabs do not return together", async () => {
  const browser = Browser.signedIn();
  const busy = () => problem(429, "too_many_attempts", {}, { "Retry-After": "30" });
  browser.server.failNext(busy(), busy());
  browser.open({ random: () => 0 }).client.start().catch(() => {});
  browser.open({ random: () => 1 }).client.start().catch(() => {});
  await browser.time.pass(1);
  const [one, other] = browser.tabs.map((tab) => tab.changes[0].retryInMs);
  assert.equal(one, 30_000);
  assert.ok(other > one);
});

test("a call that waits for a renewal is rejected in the end, and the renewal goes on", async () => {
  const browser = Browser.signedIn();
  browser.server.failNext(...Array(20).fill("no network"));
  const tab = browser.open();
  const call = tab.client.fetch("/api/v1/protected");
  assert.equal(await browser.outcome(call, 34), "waiting");
  assert.equal((await browser.outcome(call, 2)).code, "renewal_delayed");
  await browser.time.pass(HALF_HOUR);
  assert.equal(tab.client.claims().signedIn, true);
});

test("offline, calls fail at once, and the renewal comes soon after the connection is back", async () => {
  const browser = Browser.signedIn();
  browser.server.failNext("no network");
  browser.online = false;
  const tab = browser.open();
  assert.equal((await browser.outcome(tab.client.fetch("/api/v1/protected"))).code, "offline");
  assert.equal((await browser.outcome(tab.client.fetch("/api/v1/protected"))).code, "offline");
  await browser.time.pass(20);
  assert.equal(browser.server.refreshes, 1);
  browser.online = true;
  tab.events.dispatchEvent(new Event("online"));
  await browser.time.pass(1);
  assert.deepEqual(typesOf(tab), ["delayed", "renewed"]);
});

test("a browser that calls itself offline still asks a server that answers", async () => {
  const browser = Browser.signedIn();
  browser.online = false;
  const tab = browser.open();
  assert.equal(await browser.outcome(tab.client.start()), true);
});

test("a server that answers is asked again in seconds, whatever the browser says of its network", async () => {
  const browser = Browser.signedIn();
  browser.online = false;
  browser.server.failNext(problem(409, "refresh_retry"));
  const tab = browser.open();
  assert.equal(await browser.outcome(tab.client.start(), 2), true);
  assert.equal(tab.changes[0].offline, false);
});
