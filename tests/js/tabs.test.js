// Many tabs on one session: no storm, no dependence on the lock, and never one person's page with another's token.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser, typesOf } from "./browser.js";

const NEVER = { request: () => new Promise(() => {}) };
const REFUSING = { request: () => Promise.reject(new DOMException("No", "SecurityError")) };
const THROWING = {
  request() {
    throw new TypeError("Broken");
  },
};

test("twenty tabs restored together refresh once each, one after the other", async () => {
  const browser = Browser.signedIn();
  const started = Array.from({ length: 20 }, () => browser.open().client.start());
  assert.deepEqual(await browser.outcome(Promise.all(started), 2), Array(20).fill(true));
  const times = browser.server.sentTo("/api/v1/refresh").map(({ at }) => at);
  assert.equal(times.length, 20);
  assert.equal(new Set(times).size, 20);
});

test("twenty tabs open for two hours refresh no more often than their tokens expire", async () => {
  const browser = Browser.signedIn();
  for (let number = 0; number < 20; number += 1) await browser.openStarted({ random: () => number / 19 });
  await browser.time.pass(7200);
  // 7200 s of tokens renewed after 837 s at the soonest: at most nine each.
  assert.ok(browser.server.refreshes <= 20 * 9, `${browser.server.refreshes} refreshes`);
  assert.equal(browser.server.ended, null);
  assert.ok(browser.tabs.every((tab) => tab.client.claims().signedIn));
});

for (const [name, locks] of [["missing", null], ["refused", REFUSING], ["broken", THROWING]]) {
  test(`a lock manager that is ${name} does not matter`, async () => {
    const browser = Browser.signedIn();
    const started = Array.from({ length: 20 }, () => browser.open({ locks }).client.start());
    assert.deepEqual(await browser.outcome(Promise.all(started)), Array(20).fill(true));
    assert.equal(browser.server.ended, null);
  });
}

test("a lock that is never granted costs three seconds", async () => {
  const browser = Browser.signedIn();
  const started = browser.open({ locks: NEVER }).client.start();
  assert.equal(await browser.outcome(started, 2.9), "waiting");
  assert.equal(await browser.outcome(started, 0.2), true);
});

test("a lock granted too late is given back at once", async () => {
  const browser = Browser.signedIn();
  let release = () => {};
  browser.locks.request("latchkey-refresh", {}, () => new Promise((resolve) => (release = resolve)));
  const tab = browser.open();
  assert.equal(await browser.outcome(tab.client.start(), 4), true);
  release();
  assert.equal(await browser.outcome(browser.open().client.start()), true);
});

test("a tab that hangs in its refresh holds the others up for seconds, not for ever", async () => {
  const browser = Browser.signedIn();
  browser.server.failNext("lost");
  browser.open().client.start().catch(() => {});
  const others = Array.from({ length: 5 }, () => browser.open().client.start());
  assert.deepEqual(await browser.outcome(Promise.all(others), 4), Array(5).fill(true));
});

test("a browser back online lets its tabs return at different moments", async () => {
  const browser = Browser.signedIn();
  browser.online = false;
  browser.server.failNext(...Array(20).fill("no network"));
  for (let number = 0; number < 20; number += 1) {
    browser.open({ locks: null, random: () => number / 20 }).client.start().catch(() => {});
  }
  await browser.time.pass(1);
  browser.online = true;
  browser.tabs.forEach((tab) => tab.events.dispatchEvent(new Event("online")));
  await browser.time.pass(2);
  const times = browser.server.sentTo("/api/v1/refresh").slice(20).map(({ at }) => at);
  assert.equal(new Set(times).size, 20);
});

test("another tab's sign-in by the same person renews quietly", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  const other = await browser.openStarted();
  await browser.outcome(other.client.signIn({ username: "account-mara", password: "correct horse" }));
  assert.deepEqual(tab.changes.at(-1), { type: "signed-in", by: "elsewhere" });
  assert.equal(tab.client.claims().signedIn, true);
});

test("another person's sign-in on the server's page stops this page before it acts for them", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  browser.server.signIn(browser.jar, "account-ines");
  const error = await browser.outcome(tab.client.fetch("/api/v1/profile", { method: "PATCH", body: "{}" }));
  assert.equal(error.code, "account_changed");
  assert.equal(typesOf(tab).at(-1), "account-changed");
  assert.equal(browser.server.sentTo("/api/v1/profile").length, 0);
});

test("tabs tell each other only what happened, never a token", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  await browser.openStarted();
  await browser.outcome(tab.client.signIn({ username: "account-mara", password: "correct horse" }));
  await browser.time.pass(2000);
  await browser.outcome(tab.client.signOut());
  assert.deepEqual(browser.messages, [{ kind: "signed-in" }, { kind: "signed-out" }]);
});

test("a message that is none of ours changes nothing", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  for (const data of [null, "signed-out", { kind: "renewed" }, { kind: ["signed-out"] }, 7]) tab.hear({ data });
  assert.deepEqual(typesOf(tab), ["renewed"]);
  assert.equal(tab.client.claims().signedIn, true);
});
