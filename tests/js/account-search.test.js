// A list that follows what is typed into its search, and a checkbox for all rows.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Element } from "./element.js";

const { followTyping, loadPage } = await import("../../static/js/elements/search-as-you-type.js");
const { SelectAll } = await import("../../static/js/elements/select-all.js");

function search({ load, show = () => true }) {
  const seen = { address: "/list", asked: [], shown: [] };
  const typed = followTyping({
    address: () => seen.address,
    load: (address, signal) => {
      seen.asked.push({ address, signal });
      return load(address);
    },
    show: (page, address) => {
      seen.shown.push(page);
      return show(page, address);
    },
  });
  const type = (text) => {
    seen.address = `/list?q=${text}`;
    typed();
  };
  return { seen, type };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a search asks once, when typing has paused, and shows what came", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { seen, type } = search({ load: async (address) => `page of ${address}` });
  ["a", "ad", "ada"].forEach(type);
  context.mock.timers.tick(199);
  assert.deepEqual(seen.asked, []);
  context.mock.timers.tick(1);
  await settled();
  assert.deepEqual(seen.shown, ["page of /list?q=ada"]);
  type("ada");
  context.mock.timers.tick(200);
  assert.equal(seen.asked.length, 1, "the same words are not asked for again");
});

test("an older search is given up, and shows nothing when it comes late", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const answers = {};
  const { seen, type } = search({ load: (address) => new Promise((resolve) => { answers[address] = resolve; }) });
  for (const text of ["a", "b"]) {
    type(text);
    context.mock.timers.tick(200);
  }
  assert.deepEqual(seen.asked.map((each) => each.signal.aborted), [true, false]);
  answers["/list?q=b"]("b");
  answers["/list?q=a"]("a");
  await settled();
  assert.deepEqual(seen.shown, ["b"]);
});

test("what is no list is not shown, and may be asked for again", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { seen, type } = search({ load: async () => null });
  for (const _ of [1, 2]) {
    type("a");
    context.mock.timers.tick(200);
    await settled();
  }
  assert.deepEqual([seen.asked.length, seen.shown], [2, []]);
});

for (const [what, properties, expected] of [
  ["the list", { status: 200, responseURL: "https://x/list?q=a", responseXML: "page" }, "page"],
  ["a sign-in page", { status: 200, responseURL: "https://x/login?next=/list", responseXML: "page" }, null],
  ["a refusal", { status: 403, responseURL: "https://x/list?q=a", responseXML: "page" }, null],
  ["no answer", { status: 0, responseURL: "", responseXML: null }, null],
]) {
  test(`an address that answers with ${what}`, async (context) => {
    class Request extends Element {
      open() {}
      send() {
        Object.assign(this, properties);
        this.fire("loadend");
      }
    }
    globalThis.XMLHttpRequest = Request;
    context.after(() => { delete globalThis.XMLHttpRequest; });
    assert.equal(await loadPage("/list?q=a", new AbortController().signal), expected);
  });
}

test("one checkbox ticks all rows, and says when only some are ticked", () => {
  const [label, all, form] = [new Element({ hidden: true }), new Element({ checked: false }), new Element()];
  const rows = [new Element({ checked: false }), new Element({ checked: false })];
  form.parts.set("input.pick", rows);
  const element = new SelectAll();
  element.parts = new Map([["label", label], ["input", all]]);
  element.closest = () => form;
  element.connectedCallback();
  assert.equal(label.hidden, false);
  all.checked = true;
  all.fire("change");
  assert.deepEqual(rows.map((each) => each.checked), [true, true]);
  rows[0].checked = false;
  form.fire("change");
  assert.deepEqual([all.checked, all.indeterminate], [false, true]);
});
