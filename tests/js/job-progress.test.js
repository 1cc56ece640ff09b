// The bar of a job: it moves while its page is looked at, speaks at quarters and at the end, and gives way when told.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Element } from "./element.js";

const { JobProgress } = await import("../../static/js/elements/job-progress.js");

/** A page with a job of 100 items, and a server that answers one after the other of `answers`. */
function openPage(context, answers) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const page = Object.assign(new Element(), { visibilityState: "visible" });
  const asked = [];
  const put = (name, value) => {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    context.after(() => Object.defineProperty(globalThis, name, before ?? { value: undefined, configurable: true }));
  };
  put("document", page);
  put("fetch", async (src) => {
    asked.push(src);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next instanceof Error) throw next;
    return { ok: true, status: 200, redirected: false, json: async () => next, ...next };
  });
  const bar = new Element({ value: 10, position: 0.1 });
  const slots = Object.fromEntries(
    ["words", "said", "pending", "over", "look", "stop"].map((name) => [name, new Element()]),
  );
  slots.over.hidden = true;
  const element = new JobProgress();
  element.setAttribute("src", "/admin/jobs/x/progress");
  element.parts = new Map([["progress", bar], ...Object.entries(slots).map(([name, each]) => [`[data-slot=${name}]`, each])]);
  element.connectedCallback();
  const after = async (ms) => {
    context.mock.timers.tick(ms);
    await new Promise(setImmediate);
  };
  return { after, asked, bar, element, page, ...slots };
}

const at = (position, rest = {}) => ({
  position, total: 100, words: `${position} of 100: ${position} done.`, outlook: "It goes on.", is_over: false, ...rest,
});

test("the bar moves each second, and words are spoken at quarters only", async (context) => {
  const { after, bar, pending, said, words } = openPage(context, [at(12), at(26), at(40)]);
  await after(1000);
  assert.deepEqual([bar.value, words.textContent, said.textContent], [12, "12 of 100: 12 done.", ""]);
  assert.equal(pending.textContent, "It goes on.");
  await after(1000);
  assert.equal(said.textContent, "26 of 100: 26 done.");
  await after(1000);
  assert.deepEqual([words.textContent, said.textContent], ["40 of 100: 40 done.", "26 of 100: 26 done."]);
});

test("at the end it says so, offers the result and asks no more", async (context) => {
  const page = openPage(context, [at(100, { is_over: true })]);
  await page.after(1000);
  assert.equal(page.said.textContent, "It is over. 100 of 100: 100 done.");
  assert.deepEqual([page.over.hidden, page.look.textContent], [false, "See the result"]);
  assert.equal(page.stop.getAttribute("hidden"), "");
  await page.after(10_000);
  assert.equal(page.asked.length, 1);
});

test("a page that nobody looks at asks nothing, and asks at once when it is looked at again", async (context) => {
  const { after, asked, page } = openPage(context, [at(12)]);
  page.visibilityState = "hidden";
  page.fire("visibilitychange");
  await after(5000);
  assert.equal(asked.length, 0);
  page.visibilityState = "visible";
  page.fire("visibilitychange");
  await after(0);
  assert.equal(asked.length, 1);
});

test("a server that is away is asked again later, and the bar stays", async (context) => {
  const { after, asked, bar } = openPage(context, [new Error("offline"), { ok: false, status: 503 }, at(50)]);
  await after(1000);
  await after(5000);
  await after(4999);
  assert.deepEqual([asked.length, bar.value], [2, 10]);
  await after(1);
  assert.equal(bar.value, 50);
});

for (const answer of [{ redirected: true }, { ok: false, status: 403 }, { ok: false, status: 404 }]) {
  test(`who is answered ${JSON.stringify(answer)} is asked no more`, async (context) => {
    const { after, asked, words } = openPage(context, [answer]);
    await after(1000);
    await after(60_000);
    assert.deepEqual([asked.length, words.textContent], [1, ""]);
  });
}

test("a job that is over is not asked after, nor a page that was left", async (context) => {
  const left = openPage(context, [at(12)]);
  left.element.disconnectedCallback();
  await left.after(5000);
  const over = new JobProgress();
  over.connectedCallback();
  await left.after(5000);
  assert.equal(left.asked.length, 0);
});
