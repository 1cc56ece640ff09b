// What comes back through a connection, made readable piece by piece.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  createEventReader, createIndenter, createReader, decoderFor, kindOf, sizeInWords, timeInWords,
} from "../../static/js/account/connections-readable.js";

const VALUES = [
  null, 0, "", [], {}, [[]], [{}, {}], { a: [] }, [1, [2, [3]]], { a: { b: { c: "d" } } },
  { 'q"{': "\\\" ] } , : [" }, ["a,b", "c:d", "{e}"], { unicode: "\u{1f511} \u0000" },
];

for (const value of VALUES) {
  const text = JSON.stringify(value);
  test(`${text} is indented as JSON.stringify would, wherever it is cut`, () => {
    const expected = JSON.stringify(value, null, 2);
    assert.equal(createIndenter()(JSON.stringify(value, null, 7)), expected);
    for (let cut = 0; cut <= text.length; cut += 1) {
      const read = createIndenter();
      assert.equal(read(text.slice(0, cut)) + read(text.slice(cut)), expected);
    }
  });
}

test("a number keeps every digit", () => {
  assert.equal(createIndenter()('{"id":12345678901234567890}'), '{\n  "id": 12345678901234567890\n}');
});

test("what is no JSON loses nothing but spaces", () => {
  for (const text of ["]]]}}}", '{"a": tru', '"never ended { [', ",,,:::", '{"a":1}}}]{']) {
    const squeeze = (part) => part.replaceAll(/\s/g, "");
    assert.equal(squeeze(createIndenter()(text)), squeeze(text));
  }
});

test("a hostile depth does not unfold", () => {
  assert.ok(createIndenter()("[".repeat(100_000)).length < 100_000 * 45);
});

const STREAM = ": hello\r\ndata: one\r\n\r\nevent: tick\ndata:two\ndata:  three\nid: 4\n\nevent: empty\n\ndata\rretry: 5\r\r";
const EVENTS = [
  { name: "message", data: "one" },
  { name: "tick", data: "two\n three" },
  { name: "message", data: "" },
];

test("events are told as they end, wherever the stream is cut", () => {
  for (let cut = 0; cut <= STREAM.length; cut += 1) {
    const read = createEventReader();
    assert.deepEqual([...read(STREAM.slice(0, cut)), ...read(STREAM.slice(cut))], EVENTS, `cut at ${cut}`);
  }
  const read = createEventReader();
  assert.deepEqual([...STREAM].flatMap((sign) => read(sign)), EVENTS);
});

test("an event that is not over is not told", () => {
  const read = createEventReader();
  assert.deepEqual(read("data: half\n"), []);
  assert.deepEqual(read("\n"), [{ name: "message", data: "half" }]);
});

test("an event is shown with its time and name, and its JSON indented", () => {
  const read = createReader("events", () => new Date(2026, 2, 12, 15, 4, 5));
  assert.equal(read('event: level\ndata: {"m":1}\n\n'), '15:04:05 level\n{\n  "m": 1\n}\n\n');
  assert.equal(read("data: plain\n\n"), "15:04:05 message\nplain\n\n");
});

for (const [type, kind] of [
  ["application/json; charset=utf-8", "json"],
  ["application/problem+json", "json"],
  ["application/x-ndjson", "text"],
  ["text/event-stream;charset=utf-8", "events"],
  ["TEXT/HTML", "text"],
  ["image/svg+xml", "text"],
  ["", "text"],
  ["image/png", "bytes"],
  ["application/octet-stream", "bytes"],
  ["application/pdf", "bytes"],
]) {
  test(`${type || "no type"} is read as ${kind}`, () => assert.equal(kindOf(type), kind));
}

test("the coding that an answer names is used, and an unknown one is not", () => {
  const bytes = new Uint8Array([0xe9]);
  assert.equal(decoderFor('text/plain; charset="ISO-8859-1"').decode(bytes), "é");
  assert.equal(decoderFor("text/plain; charset=nonsense").encoding, "utf-8");
  assert.equal(decoderFor("text/plain").encoding, "utf-8");
});

for (const [bytes, words] of [
  [0, "0 bytes"], [1, "1 byte"], [999, "999 bytes"], [1_000, "1 kB"], [1_540, "1.5 kB"], [999_949, "999.9 kB"],
  [999_999, "1 MB"], [1_500_000, "1.5 MB"],
]) {
  test(`${bytes} is "${words}"`, () => assert.equal(sizeInWords(bytes), words));
}

for (const [milliseconds, words] of [[0, "0 ms"], [999.4, "999 ms"], [1_000, "1 s"], [12_340, "12.3 s"]]) {
  test(`${milliseconds} ms is "${words}"`, () => assert.equal(timeInWords(milliseconds), words));
}
