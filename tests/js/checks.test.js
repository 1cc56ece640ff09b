// The checklist of the account: what is done, what is not, and what would help most.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checksOf } from "../../static/js/account/checks.js";

const RECENT = new Date(Date.now() - 86_400_000).toISOString();
const FACTOR = { id: "1", name: "Phone", created_at: RECENT, last_used_at: null };

function states({ verified = true, changed = RECENT, totp = [], passkeys = [FACTOR], left = 10 } = {}) {
  const profile = { email_verified: verified, password_changed_at: changed };
  return Object.fromEntries(checksOf(profile, { totp, passkeys, recovery_codes: { left } }));
}

function nextStep(facts) {
  return Object.entries(states(facts)).find(([, state]) => state === "todo")?.[0];
}

for (const [words, facts, step] of [
  ["an address to verify comes before everything", { verified: false, passkeys: [], changed: null }, "email"],
  ["the last codes come before what is only better", { passkeys: [], totp: [FACTOR], left: 2 }, "codes"],
  ["a passkey comes before an old password", { passkeys: [], changed: "2020-01-01T00:00:00Z" }, "passkeys"],
  ["a password of years comes last", { changed: "2020-01-01T00:00:00Z" }, "password"],
  ["nothing is asked of who has done it all", {}, undefined],
]) {
  test(words, () => assert.equal(nextStep(facts), step));
}

test("an authenticator app is never asked for: a passkey does more", () => {
  assert.equal(states({ totp: [], passkeys: [] }).authenticator, "none");
  assert.equal(states({ totp: [FACTOR] }).authenticator, "done");
});

test("codes are not asked of who has no factor that they could stand in for", () => {
  assert.equal(states({ passkeys: [], left: 0 }).codes, "none");
  assert.equal(states({ left: 3 }).codes, "done");
});

test("who has no password is not told to change it", () => {
  assert.equal(states({ changed: null }).password, "none");
});
