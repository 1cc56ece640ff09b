// The guide: the reader's own token in place of the sample, what came back from a call, and a forged token.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Element } from "./element.js";

const { showToken } = await import("../../static/js/guide/own-token.js");
const { tries: ofTokens } = await import("../../static/js/guide/try-tokens.js");
const { tries: ofCookies } = await import("../../static/js/guide/try-cookies.js");

const VIEW = {
  bound: true,
  header: { alg: "ES256", kid: "key-one", typ: "at+jwt" },
  claims: { sub: "account-mara", iat: 1_795_370_000, amr: ["pwd", "otp"], cnf: { jkt: "abcdefghij" } },
  signature: { start: "pT3x_0Zw", length: 86 },
};

/** Something that says `text` under data-`mark`. */
const marked = (mark, said, text = "sample") => new Element({ dataset: { [mark]: said }, textContent: text });

/** A page that holds these. */
const pageOf = (elements) => new Element({
  querySelectorAll: (selector) => elements.filter(({ dataset }) => selector.slice(6, -1) in dataset),
});

test("values of the token stand where the sample stood, and what it has not got is hidden", () => {
  const [kid, amr, cnf, jti] = ["kid", "amr", "cnf", "jti"].map((name) => marked("value", name));
  const [own, without] = [marked("part", "kid"), marked("part", "rtc")];
  const whose = marked("whose", "", "Sample");
  const moment = marked("moment", "iat");
  const [start, rest, foot] = ["start", "rest", "foot"].map((name) => marked("slot", name));
  const [unbound, sample, yours] = ["unbound", "sample", "own"].map((name) => marked("if", name));
  showToken(pageOf([kid, amr, cnf, jti, own, without, whose, moment, start, rest, foot, unbound, sample, yours]), VIEW);
  assert.deepEqual([kid, amr, cnf, jti].map((each) => each.textContent), ["key-one", "pwd otp", "abcd efgh ij", "sample"]);
  assert.deepEqual([own.hidden, without.hidden], [false, true]);
  assert.deepEqual([whose.textContent, whose.dataset.kind], ["Yours", "good"]);
  assert.match(moment.textContent, /^2[0-9] Nov 2026, /);
  assert.deepEqual([start.textContent, rest.textContent], ["pT3x_0Zw", "78"]);
  assert.match(foot.textContent, /your own token/);
  assert.deepEqual([unbound.hidden, sample.hidden, yours.hidden], [true, true, false]);
});

test("a plain token is said to be one", () => {
  const unbound = marked("if", "unbound");
  unbound.hidden = true;
  showToken(pageOf([unbound]), { ...VIEW, bound: false });
  assert.equal(unbound.hidden, false);
});

test("a forged token claims more, says that it needs no signature, and carries nothing else of the reader", async (context) => {
  const shown = { iss: "https://here", aud: "https://here", sub: "account-mara", kid: "key-one" };
  globalThis.document = { querySelector: (selector) => marked("value", "", shown[selector.split('"')[1]] ?? "x") };
  const sent = context.mock.method(globalThis, "fetch", async (path, init) => {
    const headers = { "X-Latchkey-Error": "invalid_token", "Content-Type": "application/json" };
    const answer = new Response('{"message": "Not accepted."}', { status: 401, headers });
    Object.defineProperty(answer, "url", { value: `https://here${path}` });
    assert.equal(init.credentials, "omit");
    return answer;
  });
  const outcome = await ofTokens.forged();
  const [scheme, token] = sent.mock.calls[0].arguments[1].headers.Authorization.split(" ");
  const [header, claims, signature] = token.split(".");
  assert.equal(scheme, "Bearer");
  assert.deepEqual(JSON.parse(atob(header)), { alg: "none", kid: "key-one", typ: "at+jwt" });
  assert.equal(JSON.parse(atob(claims)).scope, "admin:write");
  assert.equal(signature, "");
  assert.deepEqual([outcome.sentence, outcome.status, outcome.code], ["Not accepted.", 401, "invalid_token"]);
});

test("an answer that was not to be expected is not explained away", async (context) => {
  context.mock.method(globalThis, "fetch", async () => {
    const answer = new Response("{}", { status: 502 });
    Object.defineProperty(answer, "url", { value: "https://here/api/v1/refresh" });
    return answer;
  });
  assert.match((await ofCookies.csrf()).sentence, /^The server answered 502/);
});

test("without a key nothing is sent in the thief's place", async (context) => {
  const sent = context.mock.method(globalThis, "fetch", () => assert.fail("nothing may be sent"));
  const client = { claims: () => ({ bound: false }) };
  const outcome = await ofCookies.unproven(async () => ({ client }));
  assert.match(outcome.sentence, /Nothing was sent/);
  assert.equal(sent.mock.callCount(), 0);
});
