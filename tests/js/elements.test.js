// What JavaScript adds to the server's pages.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Element } from "./element.js";

const { CopyField } = await import("../../static/js/elements/copy-field.js");
const { PasswordField } = await import("../../static/js/elements/password-field.js");
const { RetryCountdown } = await import("../../static/js/elements/retry-countdown.js");
const { adviseOn } = await import("../../static/js/elements/password-advice.js");
const { submitOnce } = await import("../../static/js/elements/submit-once.js");
const { waitInWords } = await import("../../static/js/elements/wait-words.js");
const { showLocalTimes } = await import("../../static/js/elements/local-times.js");

for (const [seconds, words] of [
  [1, "1 second"], [61, "1 minute 1 second"], [720, "12 minutes"], [7260, "2 hours 1 minute"],
]) {
  test(`${seconds} s are ${words}`, () => assert.equal(waitInWords(seconds), words));
}

test("a countdown ends by saying that one may try again, and only then speaks", (context) => {
  context.mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"] });
  const text = new Element();
  const again = new Element({ hidden: true });
  const countdown = new RetryCountdown();
  countdown.setAttribute("seconds", "62");
  countdown.parts = new Map([["[data-slot=text]", text], ["[data-slot=again]", again]]);
  countdown.connectedCallback();
  const seen = () => [text.textContent, text.getAttribute("aria-live"), again.hidden];
  context.mock.timers.tick(2000);
  assert.deepEqual(seen(), ["Try again in 1 minute.", null, true]);
  context.mock.timers.tick(60_000);
  context.mock.timers.tick(100);
  assert.deepEqual(seen(), ["You can try again now.", "polite", false]);
});

test("a countdown without a number leaves the server's words alone", (context) => {
  context.mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"] });
  const text = new Element({ textContent: "Try again in 12 minutes." });
  const countdown = new RetryCountdown();
  countdown.setAttribute("seconds", "soon");
  countdown.parts.set("[data-slot=text]", text);
  countdown.connectedCallback();
  assert.equal(text.textContent, "Try again in 12 minutes.");
});

function twoSubmits(root, form) {
  return [1, 2].map(() => {
    const submitter = new Element();
    const event = Object.assign(new Event("submit", { cancelable: true }), { submitter });
    Object.defineProperty(event, "target", { value: form });
    root.dispatchEvent(event);
    return event.defaultPrevented;
  });
}

test("a double click posts once, and a page that comes back may post again", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const [root, page, form] = [new Element(), new Element(), new Element({ method: "post" })];
  submitOnce(root, page);
  assert.deepEqual(twoSubmits(root, form), [false, true]);
  page.fire("pageshow");
  assert.deepEqual(twoSubmits(root, form), [false, true]);
  context.mock.timers.tick(15_000);
  assert.deepEqual(twoSubmits(root, form), [false, true]);
});

test("a form that is answered with a file may be sent again: the page stays as it is", () => {
  const root = new Element();
  submitOnce(root, new Element());
  assert.deepEqual(twoSubmits(root, new Element({ method: "post", dataset: { answersFile: "" } })), [false, false]);
});

test("a search may be sent as often as one likes", () => {
  const root = new Element();
  submitOnce(root, new Element());
  assert.deepEqual(twoSubmits(root, new Element({ method: "get" })), [false, false]);
});

function passwordField() {
  const parts = {
    form: new Element(),
    reveal: new Element({ hidden: true }),
    caps: new Element({ hidden: true }),
    meter: new Element({ hidden: true }),
    words: new Element(),
  };
  const input = new Element({ type: "password", value: "", minLength: -1, form: parts.form });
  const field = new PasswordField();
  field.parts = new Map([
    ["input", input], ["[data-action=reveal]", parts.reveal], ["[data-slot=caps]", parts.caps],
    ["[data-slot=strength]", parts.meter], ["[data-slot=strength-words]", parts.words],
  ]);
  field.connectedCallback();
  return { ...parts, input };
}

test("a password can be shown, and leaves the page as a password", () => {
  const { form, input, reveal } = passwordField();
  assert.equal(reveal.hidden, false);
  reveal.fire("click");
  assert.deepEqual([input.type, reveal.textContent], ["text", "Hide"]);
  assert.equal(reveal.getAttribute("aria-label"), "Hide password");
  form.fire("submit");
  assert.deepEqual([input.type, reveal.textContent], ["password", "Show"]);
});

test("Caps Lock is mentioned while it is on", () => {
  const { caps, input } = passwordField();
  input.fire("keydown", { getModifierState: () => true });
  assert.equal(caps.hidden, false);
  input.fire("keydown");
  input.fire("keyup", { getModifierState: () => false });
  assert.equal(caps.hidden, true);
});

test("a new password is advised on in words, and an empty one is not", () => {
  const { input, meter, words } = passwordField();
  input.value = "a quiet green teapot";
  input.fire("input");
  assert.deepEqual([meter.hidden, meter.dataset.level, words.textContent], [false, "4", "Strong."]);
  input.value = "";
  input.fire("input");
  assert.equal(meter.hidden, true);
});

for (const [password, level, words] of [
  ["short", 0, "10 more characters."],
  ["fourteen signs", 0, "1 more character."],
  ["aaaaaaaaaaaaaaaaaaaa", 1, "Repeat less, and avoid rows such as 1234."],
  ["1234567890123456", 1, "Repeat less, and avoid rows such as 1234."],
  ["mara.lindqvist1!", 1, "Leave out your own name and address."],
  ["MARA lindqvist 99", 1, "Leave out your own name and address."],
  ["acacacacacacacac", 2, "Use several different words instead of the same characters."],
  ["rivet-moss-lamp", 3, "Long enough. One more word makes it stronger."],
  ["rivet-moss-lantern-cloud", 4, "Strong."],
]) {
  test(`${password} is answered: ${words}`, () => {
    assert.deepEqual(adviseOn(password, 15, ["mara.lindqvist", "mara@example.test", ""]), { level, words });
  });
}

function copyField(context, clipboard) {
  const previous = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { clipboard }, configurable: true });
  const nothing = { value: undefined, configurable: true };
  context.after(() => Object.defineProperty(globalThis, "navigator", previous ?? nothing));
  const input = new Element({ value: "https://latchkey.test/reset", select: context.mock.fn() });
  const [button, said] = [new Element({ hidden: true }), new Element()];
  const field = new CopyField();
  field.parts = new Map([["input", input], ["[data-action=copy]", button], ["[data-slot=copied]", said]]);
  field.connectedCallback();
  return { input, button, said };
}

test("a copied link is said to be copied", async (context) => {
  const written = [];
  const { button, said } = copyField(context, { writeText: async (text) => written.push(text) });
  button.fire("click");
  await new Promise(setImmediate);
  assert.deepEqual([written, said.textContent], [["https://latchkey.test/reset"], "Copied"]);
});

test("a clipboard that refuses leaves the text selected; none at all leaves no button", async (context) => {
  const { button, input, said } = copyField(context, { writeText: async () => Promise.reject(new Error("no")) });
  button.fire("click");
  await new Promise(setImmediate);
  assert.match(said.textContent, /Selected/);
  assert.equal(input.select.mock.callCount(), 1);
  assert.equal(copyField(context, undefined).button.hidden, true);
});

test("an instant in UTC is told in the reader's zone, other words stay", () => {
  const utc = new Element({ dateTime: "2026-03-01T12:00:00Z", textContent: "1 Mar 2026, 12:00 UTC" });
  const ago = new Element({ dateTime: "2026-03-01T12:00:00Z", textContent: "4 minutes ago" });
  const broken = new Element({ dateTime: "", textContent: "UTC" });
  const root = new Element();
  root.parts.set("time", [utc, ago, broken]);
  showLocalTimes(root);
  assert.match(utc.textContent, /^\d+ \w+ 2026, \d\d:\d\d /);
  assert.deepEqual([ago.textContent, broken.textContent], ["4 minutes ago", "UTC"]);
});
