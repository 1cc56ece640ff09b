// Tokens for other services: each for its own audience, sent to its own origin.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser } from "./browser.js";

const API = "https://api.example.test";
const services = { [API]: "reports", "https://other.example.test": "unknown" };

test("a call to a listed service carries a plain token for its audience, taken once", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted({ services });
  const calls = [tab.client.fetch(`${API}/sales`), tab.client.fetch(`${API}/costs`)];
  const answers = await browser.outcome(Promise.all(calls));
  const audiences = await Promise.all(answers.map(async (each) => (await each.json()).audience));
  assert.deepEqual(audiences, ["reports", "reports"]);
  assert.equal(browser.server.refreshes, 2);
  const sent = browser.server.requests.filter(({ origin }) => origin === API);
  assert.ok(sent.every(({ headers }) => headers.authorization.startsWith("Bearer ") && !headers.dpop));
});

test("the service's token is renewed by use, and after a refusal once", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted({ services });
  await browser.outcome(tab.client.fetch(`${API}/sales`));
  const asked = () => browser.server.sentTo("/api/v1/refresh").filter(({ body }) => body).length;
  await browser.time.pass(7200);
  assert.equal(asked(), 1);
  assert.equal((await browser.outcome(tab.client.fetch(`${API}/sales`))).status, 200);
  assert.equal(asked(), 2);
  browser.server.refuseTokens();
  assert.equal((await browser.outcome(tab.client.fetch(`${API}/sales`))).status, 200);
  assert.equal(asked(), 3);
});

test("an audience that nobody registered is refused to the caller and hurts no one else", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted({ services });
  const error = await browser.outcome(tab.client.fetch("https://other.example.test/"));
  assert.equal(error.code, "invalid_target");
  assert.equal((await browser.outcome(tab.client.fetch("/api/v1/protected"))).status, 200);
});

test("after a sign-out no service gets a token, and the next person's calls carry their own", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted({ services });
  await browser.outcome(tab.client.fetch(`${API}/sales`));
  const first = browser.server.requests.at(-1).headers.authorization;
  await browser.outcome(tab.client.signOut());
  assert.equal((await browser.outcome(tab.client.fetch(`${API}/sales`))).code, "signed_out");
  await browser.outcome(tab.client.signIn({ username: "account-ines", password: "battery staple" }));
  assert.equal((await browser.outcome(tab.client.fetch(`${API}/sales`))).status, 200);
  assert.notEqual(browser.server.requests.at(-1).headers.authorization, first);
});

test("a token of another account is never sent to a service", async () => {
  const browser = Browser.signedIn();
  const tab = await browser.openStarted({ services });
  // Somebody else signed in, and the page has not yet noticed.
  browser.server.subject = "account-ines";
  const error = await browser.outcome(tab.client.fetch(`${API}/sales`));
  assert.equal(error.code, "account_changed");
  assert.equal(browser.server.requests.filter(({ origin }) => origin === API).length, 0);
});
