// When a token is renewed, and that one renewal serves everyone in the tab.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { Browser, typesOf } from "./browser.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

test("the first token comes through the cookie, with the CSRF value of the readable one", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  const [refresh] = browser.server.sentTo("/api/v1/refresh");
  assert.equal(refresh.headers["x-csrf-token"], browser.jar.csrf);
  assert.equal(tab.client.claims().signedIn, true);
  assert.deepEqual(tab.client.claims().scope, ["read:profile", "write:profile"]);
});

test("a start without a session says so and is no error", async () => {
  const browser = new Browser();
  const tab = browser.open();
  assert.equal(await browser.outcome(tab.client.start()), false);
  assert.deepEqual(tab.changes, [{ type: "ended", code: "refresh_token_missing", cause: null }]);
});

for (const [random, seconds] of [[0, 57], [0.5, 60], [1, 63]]) {
  test(`renewal comes ${seconds} s before expiry when chance says ${random}`, async () => {
    const browser = Browser.signedIn();
    await browser.openStarted({ random: () => random });
    const [first] = browser.server.sentTo("/api/v1/refresh");
    await browser.time.pass(900);
    const second = browser.server.sentTo("/api/v1/refresh")[1];
    const expected = 900 - seconds;
    // Dates on the wire are whole seconds.
    assert.ok(Math.abs((second.at - first.at) / 1000 - expected) <= 1, `after ${(second.at - first.at) / 1000} s`);
  });
}

test("a clock that is a day wrong renews no earlier and no later", async () => {
  const browser = Browser.signedIn();
  browser.server.skew = 86_400_000;
  const tab = await browser.openStarted();
  // The first proof is made by the wrong clock, the second by the one that its refusal told.
  assert.equal(browser.server.refreshes, 2);
  await browser.time.pass(830);
  assert.equal(browser.server.refreshes, 2);
  await browser.time.pass(20);
  assert.equal(browser.server.refreshes, 3);
  assert.ok(Math.abs(tab.client.claims().expiresAt - (browser.time.now() + 86_400_000)) < 901_000);
});

test("a token of 10 s is renewed at half time, not at once and for ever", async () => {
  const browser = Browser.signedIn();
  browser.server.lifetime = 10;
  await browser.openStarted();
  await browser.time.pass(20);
  assert.ok(browser.server.refreshes >= 4 && browser.server.refreshes <= 6, `${browser.server.refreshes} refreshes`);
});

test("ten calls before the first token share one renewal", async () => {
  const browser = Browser.signedIn();
  const tab = browser.open();
  const calls = Array.from({ length: 10 }, () => tab.client.fetch("/api/v1/protected"));
  const responses = await browser.outcome(Promise.all(calls));
  assert.deepEqual(responses.map((response) => response.status), Array(10).fill(200));
  assert.equal(browser.server.refreshes, 1);
});

test("a tab that slept past expiry renews before it calls", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  browser.time.sleep(3600);
  const response = await browser.outcome(tab.client.fetch("/api/v1/protected"));
  assert.equal(response.status, 200);
  assert.equal(browser.server.sentTo("/api/v1/protected").length, 1);
});

test("a tab that is shown again renews at once when it is time", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  browser.time.sleep(870);
  tab.events.dispatchEvent(new Event("visibilitychange"));
  await browser.time.pass(0.5);
  assert.equal(browser.server.refreshes, 2);
});

test("a listener that throws does not stop a renewal, and one that left hears nothing", async (context) => {
  const said = context.mock.method(console, "error", () => {});
  const browser = Browser.signedIn();
  const tab = browser.open();
  tab.client.onChange(() => {
    throw new Error("from the page");
  });
  tab.client.onChange(() => assert.fail("it left"))();
  assert.equal(await browser.outcome(tab.client.start()), true);
  assert.deepEqual(typesOf(tab), ["renewed"]);
  assert.equal(said.mock.calls[0].arguments[0].message, "from the page");
});

test("a stopped client renews no more, whatever was collected before", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  // A signal removes only the last of several listeners once Node has collected its garbage (nodejs/node#63954).
  collectGarbage();
  tab.client.stop();
  tab.events.dispatchEvent(new Event("online"));
  await browser.time.pass(2000);
  assert.equal(browser.server.refreshes, 1);
  const kept = ["online", "visibilitychange", "pageshow"].flatMap((type) => getEventListeners(tab.events, type));
  assert.deepEqual(kept, []);
});
