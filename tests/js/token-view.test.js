// What may be seen of the token: header and claims, of the signature the beginning. And a renewal when asked for.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser } from "./browser.js";

test("a token is taken apart without being handed out", async () => {
  const browser = Browser.signedIn();
  const { client } = await browser.openStarted();
  await browser.outcome(client.fetch("/api/v1/protected"));
  const [, token] = browser.server.requests.at(-1).headers.authorization.split(" ");
  const [, payload, signature] = token.split(".");
  const seen = client.claims();
  assert.deepEqual(seen.claims, JSON.parse(atob(payload)));
  assert.equal(seen.claims.sub, "account-mara");
  assert.deepEqual(seen.signature, { start: signature.slice(0, 8), length: signature.length });
  assert.ok(!JSON.stringify(seen).includes(signature.slice(0, 9)));
});

test("nothing is seen before the first token and after the last", async () => {
  const browser = Browser.signedIn();
  const tab = browser.open();
  const nothing = { header: null, claims: null, signature: { start: "", length: 0 } };
  const seen = () => {
    const { header, claims, signature } = tab.client.claims();
    return { header, claims, signature };
  };
  assert.deepEqual(seen(), nothing);
  await browser.outcome(tab.client.start());
  assert.notDeepEqual(seen(), nothing);
  await browser.outcome(tab.client.signOut());
  assert.deepEqual(seen(), nothing);
});

test("the countdown to the renewal ends with one", async () => {
  const browser = Browser.signedIn();
  const { client } = await browser.openStarted();
  const left = client.claims().renewsInMs;
  assert.ok(left > 800_000 && left < client.claims().expiresInMs);
  await browser.time.pass(left / 1000 + 1);
  assert.equal(browser.server.refreshes, 2);
  assert.ok(client.claims().renewsInMs > left - 5_000);
});

test("a renewal that is asked for comes at once, and once for all who ask", async () => {
  const browser = Browser.signedIn();
  const { client } = await browser.openStarted();
  const before = client.claims().claims.n;
  await browser.outcome(Promise.all([client.renew(), client.renew()]));
  assert.equal(browser.server.refreshes, 2);
  assert.ok(client.claims().claims.n > before);
});

test("a renewal that is asked for after the end says that one is signed out", async () => {
  const browser = Browser.signedIn();
  const { client } = await browser.openStarted();
  browser.server.end("idle");
  assert.equal((await browser.outcome(client.renew())).code, "session_ended");
  assert.equal(client.claims().signedIn, false);
});

test("a wrong code is not sent twice", async () => {
  const browser = Browser.signedIn();
  const { client } = await browser.openStarted();
  browser.server.refuseProofsWith = "invalid_code";
  const response = await browser.outcome(client.fetch("/api/v1/proof", { method: "POST", body: "{}" }));
  assert.equal((await response.json()).code, "invalid_code");
  assert.equal(browser.server.sentTo("/api/v1/proof").length, 1);
});
