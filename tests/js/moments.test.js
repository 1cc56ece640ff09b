// Moments in words.

import assert from "node:assert/strict";
import { test } from "node:test";

import { methodsInWords } from "../../static/js/account/sessions-list.js";
import { greeting, inWords } from "../../static/js/moments.js";

const NOON = new Date(2026, 2, 12, 12, 0, 0);

for (const [moment, words] of [
  [new Date(2026, 2, 12, 11, 59, 30), "just now"],
  [new Date(2026, 2, 12, 12, 0, 5), "just now"],
  [new Date(2026, 2, 12, 11, 56, 10), "3 minutes ago"],
  [new Date(2026, 2, 12, 10, 0, 0), "2 hours ago"],
  [new Date(2026, 2, 11, 18, 4, 0), "yesterday 18:04"],
  [new Date(2026, 1, 3, 18, 4, 0), "3 February 2026"],
  [new Date(2026, 2, 26, 9, 0, 0), "26 March 2026"],
]) {
  test(`at noon, ${moment.toString().slice(4, 24)} is "${words}"`, () => assert.equal(inWords(moment, NOON), words));
}

test("half an hour before midnight is minutes ago, not yesterday", () => {
  assert.equal(inWords(new Date(2026, 2, 11, 23, 50), new Date(2026, 2, 12, 0, 10)), "20 minutes ago");
});

for (const [hour, words] of [[4, "Good evening"], [5, "Good morning"], [12, "Good afternoon"], [18, "Good evening"]]) {
  test(`${words} at ${hour}`, () => assert.equal(greeting(new Date(2026, 2, 12, hour)), words));
}

for (const [methods, words] of [
  [["pwd"], "signed in with a password"],
  [["pwd", "otp"], "signed in with a password and a code"],
  [["hwk", "swk"], "signed in with a passkey"],
  [["new-thing"], "signed in"],
]) {
  test(`${methods} reads "${words}"`, () => assert.equal(methodsInWords({ methods }), words));
}
