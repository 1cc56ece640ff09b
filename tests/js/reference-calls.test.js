// The API reference: calls as they are filled in, the list as one types, and answers as a page may show them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { Element } from "./element.js";

const { objectIn, readable, readText } = await import("../../static/js/reference/answer.js");
const { addressOf, bodyOf, faultIn, pathOf, quoted } = await import("../../static/js/reference/call.js");
const { followTyping, hasAll, wordsIn } = await import("../../static/js/reference/find.js");

test("parts of an address stay parts, and empty ones are words in capitals", () => {
  const pattern = "/api/v1/factors/totp/{factor_id}/confirm";
  assert.equal(pathOf(pattern, {}), "/api/v1/factors/totp/FACTOR_ID/confirm");
  assert.equal(pathOf(pattern, { factor_id: " a/b?c#d%é " }), "/api/v1/factors/totp/a%2Fb%3Fc%23d%25%C3%A9/confirm");
});

test("rest of a path keeps its slashes, may be empty, and a query follows", () => {
  const pattern = "/api/v2/connections/{name}/{path}";
  const parts = { name: "tides", path: "/tides/dover st" };
  assert.equal(addressOf({ pattern, parts, query: "?days[]=3 #x" }), "/api/v2/connections/tides/tides/dover%20st?days%5B%5D=3%20%23x");
  assert.equal(addressOf({ pattern, parts: { name: "tides", path: "" }, query: " " }), "/api/v2/connections/tides/");
});

test("parts that a browser would resolve away are refused", () => {
  for (const path of [".", "..", "a/../b", "../../logout", " .. "]) assert.match(faultIn({ path }), /no parts/);
  for (const path of ["", "a.b", "...", ".well-known/x"]) assert.equal(faultIn({ path }), "");
});

test("a shell reads back what was typed, whatever it is", () => {
  for (const text of ["plain", "it's", "'", "''\\''", "$HOME `id` \"x\"", "a\nb", "{\"é\": \"\\u0000\"}", "!! *"]) {
    const { stdout } = spawnSync("sh", ["-c", `printf %s ${quoted(text)}`], { encoding: "utf8" });
    assert.equal(stdout, text);
  }
  assert.equal(bodyOf("application/json", ""), "");
  const { stdout } = spawnSync("sh", ["-c", `printf '<%s>' ${bodyOf("text/x", "it's")}`], { encoding: "utf8" });
  assert.equal(stdout, "<-H><Content-Type: text/x><--data-raw><it's>");
});

test("no token of any kind is shown, and JSON is set on lines", () => {
  const token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln_-x";
  assert.equal(readable(`{"token":"${token}"}`), '{\n  "token": "(a token, not shown)"\n}');
  assert.equal(readable(`<p>${token}</p>`), "<p>(a token, not shown)</p>");
  assert.equal(readable("eyJust words."), "eyJust words.");
  assert.deepEqual([objectIn("[1"), objectIn("null").message, objectIn('{"message": "No."}').message], [{}, undefined, "No."]);
});

test("an answer without end is cut, and the rest is not fetched", async () => {
  let isCancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("é".repeat(10_000))),
    cancel: () => {
      isCancelled = true;
    },
  });
  const { text, isCut } = await readText(new Response(endless));
  assert.deepEqual([text.length, isCut, isCancelled], [100_000, true, true]);
  assert.deepEqual(await readText(new Response(null, { status: 204 })), { text: "", isCut: false });
});

/** A page with two groups: one with two calls, one with one. */
function makePage(typed) {
  const rows = ["get /profile display_name", "patch /profile display_name", "get /sessions"]
    .map((words) => new Element({ dataset: { words } }));
  const groups = [new Element(), new Element()];
  groups[0].parts.set("[data-words]", rows.slice(0, 2));
  groups[1].parts.set("[data-words]", rows.slice(2));
  const [input, said, nothing, form, root] = [new Element(typed), ...Array.from({ length: 4 }, () => new Element())];
  form.parts.set("#find", input);
  root.parts = new Map([["[data-group]", groups], ["#found", said], ["#nothing", nothing]]);
  followTyping(form, root);
  return { rows, groups, input, said, nothing, form };
}

test("list follows what is typed, by every word, and says how many are left", () => {
  const { rows, groups, input, said, nothing, form } = makePage({ value: "", defaultValue: "" });
  input.value = " Profile  GET";
  input.fire("input");
  assert.deepEqual(rows.map(({ hidden }) => hidden), [false, true, true]);
  assert.deepEqual(groups.map(({ hidden }) => hidden), [false, true]);
  assert.equal(said.textContent, "1 call found.");
  input.value = "nothing like it";
  assert.equal(form.fire("submit").defaultPrevented, true);
  assert.deepEqual([said.textContent, nothing.hidden], ["0 calls found.", false]);
  input.value = "";
  input.fire("input");
  assert.deepEqual([said.textContent, nothing.hidden, rows.every(({ hidden }) => !hidden)], ["3 calls.", true, true]);
});

test("a code is found when it is whole, a word also in part", () => {
  const said = { words: "get /api/v1/profile", codes: "session_ended token_missing" };
  for (const words of [[], ["prof", "get"], ["token_missing"]]) assert.equal(hasAll(said, words), true, String(words));
  for (const words of [["session"], ["get", "put"]]) assert.equal(hasAll(said, words), false, String(words));
  assert.deepEqual([wordsIn("  "), wordsIn(" A\tb ")], [[], ["a", "b"]]);
});

test("what the browser kept in the field counts from the start", () => {
  const { rows } = makePage({ value: "sessions", defaultValue: "" });
  assert.deepEqual(rows.map(({ hidden }) => hidden), [true, true, false]);
});
