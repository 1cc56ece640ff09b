// Calls with the token: one renewal and one more try on 401, and no token for anyone else.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser, ORIGIN } from "./browser.js";

test("a refused token is renewed once and the call sent once more", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  browser.server.refuseTokens();
  const response = await browser.outcome(tab.client.fetch("/api/v1/protected"));
  assert.equal(response.status, 200);
  assert.equal(browser.server.refreshes, 2);
  assert.equal(browser.server.sentTo("/api/v1/protected").length, 2);
});

for (const [what, body, init] of [
  ["a refusal", '{"error": "invalid_token"}', { status: 401 }],
  ["words that ask for another proof", '{"code": "use_dpop_nonce"}', { status: 400 }],
  ["an error that never ends", new ReadableStream(), { status: 500 }],
]) {
  test(`${what} by a service behind a connection is handed back at once, and nothing is sent twice`, async () => {
    const browser = Browser.signedIn();
    const tab = await browser.openStarted();
    browser.server.passedOn = new Response(body, init);
    const response = await browser.outcome(tab.client.fetch("/api/v1/connections/tides/now", { method: "POST" }));
    assert.equal(response.status, init.status);
    assert.deepEqual([browser.server.refreshes, browser.server.sentTo("/api/v1/connections/tides/now").length], [1, 1]);
  });
}

test("a call refused twice is handed back and not sent a third time", async () => {
  const browser = Browser.signedIn();
  browser.server.lifetime = 0.001;
  const tab = browser.open();
  const response = await browser.outcome(tab.client.fetch("/api/v1/protected"), 0.5);
  assert.equal(response.status, 401);
  assert.equal(browser.server.sentTo("/api/v1/protected").length, 2);
});

test("many calls refused together share one renewal", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  browser.server.refuseTokens();
  const calls = Array.from({ length: 8 }, () => tab.client.fetch("/api/v1/protected"));
  const responses = await browser.outcome(Promise.all(calls));
  assert.deepEqual(responses.map((response) => response.status), Array(8).fill(200));
  assert.equal(browser.server.refreshes, 2);
});

test("a refusal that arrives after the renewal is tried with the new token, without another one", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  browser.server.refuseTokens();
  browser.server.delay = 500;
  const slow = tab.client.fetch("/api/v1/protected");
  await browser.time.pass(0);
  browser.server.delay = 20;
  const quick = tab.client.fetch("/api/v1/protected");
  const responses = await browser.outcome(Promise.all([slow, quick]));
  assert.deepEqual(responses.map(({ status }) => status), [200, 200]);
  assert.equal(browser.server.refreshes, 2);
});

test("the second try carries the whole body again", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  browser.server.refuseTokens();
  const call = tab.client.fetch("/api/v1/profile", { method: "PATCH", body: '{"display_name":"Mara"}' });
  const response = await browser.outcome(call);
  assert.equal((await response.json()).body, '{"display_name":"Mara"}');
});

test("a wrong password is not sent twice", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  const response = await browser.outcome(tab.client.fetch("/api/v1/proof", { method: "POST", body: "{}" }));
  assert.equal((await response.json()).code, "invalid_credentials");
  assert.equal(browser.server.sentTo("/api/v1/proof").length, 1);
  assert.equal(browser.server.refreshes, 1);
});

for (const url of [
  "https://elsewhere.test/api",
  "https://latchkey.test.elsewhere.test/",
  "http://latchkey.test/",
  "https://latchkey.test:8443/",
  "//elsewhere.test/api/v1/protected",
]) {
  test(`${url} is another origin and gets neither token nor proof`, async () => {
    const browser = Browser.signedIn();
    const tab = await browser.openStarted();
    await browser.outcome(tab.client.fetch(url));
    const sent = browser.server.requests.at(-1);
    assert.notEqual(sent.origin, ORIGIN);
    assert.deepEqual([sent.headers.authorization, sent.headers.dpop], [undefined, undefined]);
  });
}

test("a call with the token follows no redirect, even when it is asked to", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted();
  await browser.outcome(tab.client.fetch(new Request(`${ORIGIN}/api/v1/protected`, { redirect: "follow" })));
  const [sent] = browser.server.sentTo("/api/v1/protected");
  assert.match(sent.headers.authorization, /^DPoP head\./);
  assert.equal(sent.redirect, "error");
});

test("a caller who gives up leaves the renewal to the others", async () => {
  const browser = Browser.signedIn();
  const tab = browser.open();
  const abort = new AbortController();
  const impatient = tab.client.fetch("/api/v1/protected", { signal: abort.signal });
  const patient = tab.client.fetch("/api/v1/protected");
  abort.abort();
  assert.equal((await browser.outcome(impatient, 0)).name, "AbortError");
  assert.equal((await browser.outcome(patient)).status, 200);
});

test("nothing a page can reach from the client holds the token", async () => {
  const browser = Browser.signedIn();
  const { client, changes } = await browser.openStarted();
  await browser.outcome(client.fetch("/api/v1/protected"));
  const secret = browser.server.requests.at(-1).headers.authorization.replace("DPoP ", "");
  const members = Object.entries(client).map(([name, value]) => [name, String(value)]);
  const visible = JSON.stringify([members, client.claims(), changes]);
  assert.ok(secret.length > 20 && !visible.includes(secret));
});
