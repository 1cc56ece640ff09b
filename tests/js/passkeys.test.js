// Passkeys in the browser: their JSON, and the form that is sent with one.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Element } from "./element.js";

const { bytesOf, creationOptions, credentialJson, requestOptions, textOf } =
  await import("../../static/js/passkeys/json-forms.js");
const { PasskeySignIn } = await import("../../static/js/elements/passkey-sign-in.js");

const OPTIONS = { challenge: "-_8", timeout: 300_000, rpId: "localhost", allowCredentials: [], userVerification: "required" };
const MADE = {
  rawId: new Uint8Array([1, 2, 3]).buffer,
  authenticatorAttachment: "platform",
  response: { clientDataJSON: bytesOf("e30").buffer, signature: bytesOf("-_8").buffer, userHandle: null },
};
const settled = () => new Promise((resolve) => setTimeout(resolve));
const declined = () => Promise.reject(new DOMException("", "NotAllowedError"));

/** What the page around the element is, and what was asked of it. */
let world;

beforeEach(() => {
  const events = new EventTarget();
  const tick = { name: "trust", value: "y", checked: false };
  world = { asked: [], fetched: [], answer: async () => MADE, status: 200, events, tick };
  globalThis.document = Object.assign(events, { hidden: false, getElementById: (id) => (id === "trust" ? world.tick : null) });
  globalThis.window = new EventTarget();
  globalThis.fetch = async (url, { body, signal }) => {
    world.fetched.push([url, String(body)]);
    signal.throwIfAborted();
    return { ok: world.status === 200, status: world.status, json: async () => ({ options: OPTIONS }) };
  };
  globalThis.PublicKeyCredential = class {
    static isConditionalMediationAvailable = async () => true;
  };
  const get = (options) => {
    world.asked.push(options);
    return world.answer(options);
  };
  Object.defineProperty(globalThis, "navigator", { value: { credentials: { get } }, configurable: true });
});

const open = new Set();
afterEach(() => {
  for (const each of open) each.disconnectedCallback();
  open.clear();
});

function build(dataset = {}) {
  const [token, credential, button, status] = [new Element(), new Element(), new Element(), new Element()];
  token.setAttribute("value", "csrf");
  const form = new Element({ hidden: true, submit: () => (form.sent = credential.value) });
  form.parts = new Map([
    ["input[name=csrf_token]", token], ["input[name=credential]", credential], ["button", button],
  ]);
  const element = new PasskeySignIn();
  Object.assign(element.dataset, { options: "/login/passkey/options", ...dataset });
  element.parts = new Map([["form", form], ["[data-slot=status]", status]]);
  element.connectedCallback();
  open.add(element);
  return { form, button, status };
}

for (const bytes of [[], [0], [255, 254], [1, 2, 3], [251, 255, 191, 62]]) {
  test(`bytes ${bytes} survive base64url`, () => {
    const text = textOf(new Uint8Array(bytes).buffer);
    assert.match(text, /^[\w-]*$/);
    assert.deepEqual([...bytesOf(text)], bytes);
  });
}

test("options become bytes where the browser has no helper", () => {
  const made = creationOptions({ challenge: "-_8", user: { id: "AQ", name: "mara" }, rp: {}, excludeCredentials: [{ id: "Ag", type: "public-key" }] });
  assert.deepEqual([[...made.challenge], [...made.user.id], [...made.excludeCredentials[0].id]], [[251, 255], [1], [2]]);
  assert.deepEqual([...requestOptions(OPTIONS).challenge], [251, 255]);
});

test("options are the browser's where it has helpers", () => {
  PublicKeyCredential.parseRequestOptionsFromJSON = () => "parsed";
  PublicKeyCredential.parseCreationOptionsFromJSON = () => "made";
  assert.deepEqual([requestOptions(OPTIONS), creationOptions(OPTIONS)], ["parsed", "made"]);
});

test("a credential whose own method throws is written by us", () => {
  const throwing = { ...MADE, toJSON: () => { throw new TypeError("Illegal invocation"); } };
  const written = credentialJson(throwing);
  assert.deepEqual([written.id, written.rawId, written.type], ["AQID", "AQID", "public-key"]);
  assert.deepEqual(written.response, { clientDataJSON: "e30", signature: "-_8" });
  assert.equal(credentialJson({ toJSON: () => "its own" }), "its own");
});

test("without passkeys in the browser the form stays hidden", () => {
  delete globalThis.PublicKeyCredential;
  assert.equal(build({ autofill: "" }).form.hidden, true);
  assert.deepEqual(world.fetched, []);
});

test("the button asks, and sends what the passkey answered", async () => {
  const { form, button } = build();
  assert.equal(form.hidden, false);
  assert.equal(form.fire("submit").defaultPrevented, true);
  assert.equal(button.getAttribute("aria-busy"), "true");
  form.fire("submit");
  await settled();
  assert.equal(JSON.parse(form.sent).id, "AQID");
  assert.deepEqual(world.fetched, [["/login/passkey/options", "csrf_token=csrf"]]);
  assert.equal(world.asked[0].mediation, undefined);
});

test("what is ticked beside another form is said with the passkey too", () => {
  const { form } = build({ tick: "trust" });
  const said = () => form.fire("formdata", { formData: new Map() }).formData;
  assert.deepEqual([...said()], []);
  world.tick.checked = true;
  assert.deepEqual([...said()], [["trust", "y"]]);
});

for (const [what, prepare, words] of [
  ["a person who declines", () => (world.answer = declined), /^No passkey was used\./],
  ["an old page", () => (world.status = 400), /Reload it/],
  ["too many attempts", () => (world.status = 429), /^Too many attempts\./],
  ["a server out of reach", () => (globalThis.fetch = declined), /could not be reached/],
]) {
  test(`${what} is told in a quiet line, and may try again`, async () => {
    const { form, button, status } = build();
    prepare();
    form.fire("submit");
    await settled();
    assert.match(status.textContent, words);
    assert.deepEqual([button.getAttribute("aria-busy"), form.sent], [null, undefined]);
  });
}

test("passkeys are offered among the names, and one that is chosen is sent", async () => {
  const { form } = build({ autofill: "" });
  await settled();
  assert.equal(world.asked[0].mediation, "conditional");
  assert.equal(JSON.parse(form.sent).id, "AQID");
});

test("a button that is pressed before the offer was made is not interrupted by it", async () => {
  world.answer = ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const { form } = build({ autofill: "" });
  form.fire("submit");
  await settled();
  assert.deepEqual(world.asked.map(({ mediation, signal }) => [mediation, signal.aborted]), [[undefined, false]]);
});

test("an offer that fails says nothing", async () => {
  world.status = 429;
  const { status } = build({ autofill: "" });
  await settled();
  assert.deepEqual([status.textContent, world.asked], ["", []]);
});

test("sending the password ends the offer, and a page that comes back offers again", async () => {
  world.answer = ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const { status } = build({ autofill: "" });
  await settled();
  document.dispatchEvent(new Event("submit"));
  await settled();
  assert.deepEqual([world.asked[0].signal.aborted, status.textContent], [true, ""]);
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await settled();
  assert.deepEqual(world.asked.map(({ signal }) => signal.aborted), [true, false]);
});

test("the button takes the place of the offer, which comes back when it is declined", async () => {
  world.answer = ({ mediation, signal }) => mediation
    ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
    : declined();
  const { form, status } = build({ autofill: "" });
  await settled();
  form.fire("submit");
  await settled();
  assert.deepEqual(world.asked.map(({ mediation }) => mediation), ["conditional", undefined, "conditional"]);
  assert.match(status.textContent, /^No passkey was used/);
});

test("an offer is renewed before its challenge is forgotten, once the page is seen", async (context) => {
  world.answer = ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const pause = () => new Promise((resolve) => setImmediate(resolve));
  build({ autofill: "" });
  await pause();
  document.hidden = true;
  context.mock.timers.tick(240_000);
  await pause();
  assert.equal(world.fetched.length, 1);
  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  await pause();
  assert.equal(world.fetched.length, 2);
});
