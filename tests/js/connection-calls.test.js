// A call through a connection: what is typed, what the backend makes of it, and the script that does the same.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  addressIn, faultIn, headersOf, inWriting, isAllowed, scriptFor, startOf,
} from "../../static/js/account/connections-call.js";
import { adviceFor, pastCallInWords } from "../../static/js/account/connections-errors.js";
import { quotaInWords } from "../../static/js/account/connections.js";

const CALL = { method: "GET", path: "/tides", query: "", headers: {}, body: "" };
const BEARER = {
  base_url: "https://api.test/v1",
  sends: { headers: [["Host", "api.test"], ["Authorization", "Bearer ********"]], query: [] },
};

for (const [typed, path, query] of [
  ["/tides", "/tides", ""],
  ["tides", "/tides", ""],
  ["", "/", ""],
  [" /tides/a b ", "/tides/a%20b", ""],
  ["/tides/Gälway?day=1&name=ä b", "/tides/G%C3%A4lway", "day=1&name=%C3%A4%20b"],
  ["/tides/100%25", "/tides/100%25", ""],
  ["//elsewhere.test/tides", "//elsewhere.test/tides", ""],
  ["https://elsewhere.test/", "/https://elsewhere.test/", ""],
]) {
  test(`"${typed}" is sent as ${path}`, () => assert.deepEqual(addressIn(typed), { path, query }));
}

for (const typed of ["/../profile", "/a/../../b", "..", "/a/%2e%2E/b", "/./a", "/a\\..\\b", "/a#b", "/a?b#c", "/100%", "/a%2"]) {
  test(`"${typed}" is refused before a browser makes something else of it`, () => assert.notEqual(faultIn(typed), ""));
}

for (const typed of ["/tides", "/a..b", "/...", "/a?from=/../x", "/a?share=100%", "/a%20b"]) {
  test(`"${typed}" is sent as it stands`, () => assert.equal(faultIn(typed), ""));
}

for (const [pattern, path, isFit] of [
  ["/*", "/", true],
  ["/tides/*", "/tides/galway/today", true],
  ["/tides/*", "/tides", false],
  ["/tides", "/TIDES", false],
  ["/a.b", "/axb", false],
  ["/a (b)", "/a%20(b)", true],
  ["/*/today", "/galway/today", true],
  ["/*/today", "/galway/today/more", false],
]) {
  test(`${pattern} ${isFit ? "allows" : "does not allow"} ${path}`, () => {
    assert.equal(isAllowed({ methods: ["GET"], paths: [pattern] }, "GET", path), isFit);
  });
}

test("a pattern with many stars is judged at once", () => {
  const hostile = { methods: ["GET"], paths: [`/${"*a".repeat(20)}*b`] };
  const began = performance.now();
  assert.equal(isAllowed(hostile, "GET", `/${"a".repeat(4_000)}`), false);
  assert.ok(performance.now() - began < 1_000);
});

test("a method that is not listed is not allowed", () => {
  assert.equal(isAllowed({ methods: ["GET"], paths: ["/*"] }, "POST", "/"), false);
});

test("a pattern's beginning is what a field begins with", () => {
  assert.deepEqual(["/v1/*", "/status", "*"].map(startOf), ["/v1/", "/status", "/"]);
});

test("headers without a value stay out, and so does the type of a body that is not there", () => {
  const typed = { accept: " text/plain ", "content-type": "application/json", "x-unit": " " };
  assert.deepEqual(headersOf(typed, false), { accept: "text/plain" });
  assert.deepEqual(headersOf(typed, true), { accept: "text/plain", "content-type": "application/json" });
});

test("the call in writing has the key masked and the body counted in bytes", () => {
  const call = { ...CALL, method: "POST", path: "/a%20b:c", query: "q=1", headers: { accept: "*/*" }, body: "ü" };
  assert.equal(inWriting(BEARER, call), [
    "POST https://api.test/v1/a%20b:c?q=1",
    "host: api.test",
    "authorization: Bearer ********",
    "accept: */*",
    "content-length: 2",
    "",
    "ü",
  ].join("\n"));
});

test("a key that goes into the query stands behind what was asked", () => {
  const connection = { base_url: "https://api.test", sends: { headers: [], query: [["appid", "********"]] } };
  assert.equal(inWriting(connection, CALL), "GET https://api.test/tides?appid=********");
  assert.equal(inWriting(connection, { ...CALL, query: "q=1" }), "GET https://api.test/tides?q=1&appid=********");
});

test("the script makes the call it stands for, and can stand in a page", () => {
  const body = '</script><!-- "quoted" \\ \u2028';
  const call = { ...CALL, method: "POST", query: "q=%22", headers: { "x-unit": "m" }, body };
  const script = scriptFor("https://latchkey.test", "tides", call);
  assert.ok(!script.includes("</script") && !script.includes("<!--"));
  const [, address, init] = /client\.fetch\(("[^"]*"), (\{\n[^]*?\n\})\);/.exec(script);
  assert.equal(JSON.parse(address), "/api/v1/connections/tides/tides?q=%22");
  assert.deepEqual(new Function(`return ${init}`)(), { method: "POST", headers: { "x-unit": "m" }, body });
});

for (const [call, words, state] of [
  [{ status: 200, error: null }, "200", "done"],
  [{ status: 304, error: null }, "304", "none"],
  [{ status: 500, error: null }, "500", "danger"],
  [{ status: null, error: "upstream_slow" }, "service too slow", "danger"],
  [{ status: 200, error: "call_too_long" }, "200, cut: took too long", "danger"],
  [{ status: null, error: "something_new" }, "something_new", "danger"],
  [{ status: null, error: null }, "no answer", "danger"],
]) {
  test(`a past call reads "${words}"`, () => assert.deepEqual(pastCallInWords(call), { words, state }));
}

test("a refusal comes with what to do, and a limit with how long to wait", () => {
  assert.equal(adviceFor({ code: "quota_used", retryAfter: 65 }), "Try again in 1 minute 5 seconds.");
  assert.match(adviceFor({ code: "call_not_allowed", retryAfter: null }), /listed above/);
  assert.equal(adviceFor({ code: "something_new", retryAfter: null }), "");
});

for (const [quota, words, percent] of [
  [{ limit: 60, seconds: 60, used: 0 }, /^60 calls a minute$/, 0],
  [{ limit: 60, seconds: 60, used: 15 }, /^45 of 60 calls left until \d\d:\d\d:\d\d$/, 25],
  [{ limit: 60, seconds: 900, used: 0 }, /^60 calls in 15 minutes$/, 0],
  [{ limit: 60, seconds: 90, used: 0 }, /^60 calls in 90 seconds$/, 0],
  [{ limit: 5, seconds: 604_800, used: 9 }, /^0 of 5 calls left until \d+ \w+ 2026/, 100],
]) {
  test(`a quota of ${quota.limit} in ${quota.seconds} s with ${quota.used} used`, () => {
    const told = quotaInWords({ ...quota, resets_at: "2026-03-12T12:00:00Z" });
    assert.match(told.words, words);
    assert.equal(told.percent, percent);
  });
}
