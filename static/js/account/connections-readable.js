// What comes back through a connection, made readable while it arrives.

// Deeper, the ends of lines are of no more help, and spaces would outgrow the answer.
const DEEPEST = 20;
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** By the media type of an answer. @type {KindOf} */
export const kindOf = (type) => {
  const [name = ""] = type.toLowerCase().split(";", 1);
  if (name === "text/event-stream") return "events";
  if (/[/+]json\s*$/.test(name)) return "json";
  return /^\s*$|^text\/|json|xml|yaml|javascript|graphql|x-www-form-urlencoded/.test(name) ? "text" : "bytes";
};

/** The coding that a media type names, else UTF-8. @param {string} type */
export function decoderFor(type) {
  const [, label = "utf-8"] = /charset\s*=\s*"?([\w:.-]+)/i.exec(type) ?? [];
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}

/** Makes text of that kind readable, piece by piece. @type {CreateReader} */
export const createReader = (kind, now = () => new Date()) => {
  if (kind === "json") return createIndenter();
  if (kind !== "events") return (text) => text;
  const read = createEventReader();
  return (text) => read(text).map(({ name, data }) => (
    `${clock.format(now())} ${name}\n${/^\s*[[{]/.test(data) ? createIndenter()(data) : data}\n\n`
  )).join("");
};

/** Sets line ends and indents; what is no JSON, or only half of it, comes out as it is. @type {() => Read} */
export const createIndenter = () => {
  let depth = 0;
  let isText = false;
  let isEscaped = false;
  let isOpened = false;
  const line = () => `\n${"  ".repeat(Math.min(depth, DEEPEST))}`;

  /** @param {string} sign */
  function outside(sign) {
    const isClosing = sign === "}" || sign === "]";
    if (isClosing) depth = Math.max(depth - 1, 0);
    // A line for what an opened bracket holds, and one for its end; none between the two.
    const before = isOpened === isClosing ? "" : line();
    isOpened = sign === "{" || sign === "[";
    if (isOpened) depth += 1;
    isText = sign === '"';
    const after = sign === "," ? line() : sign === ":" ? " " : "";
    return before + sign + after;
  }

  return (text) => {
    let shown = "";
    for (const sign of text) {
      if (isText) {
        shown += sign;
        isText = isEscaped || sign !== '"';
        isEscaped = !isEscaped && sign === "\\";
      } else if (sign.trim()) {
        shown += outside(sign);
      }
    }
    return shown;
  };
};

/** Server-sent events, as the HTML standard reads them (section 9.2.6). @type {() => ReadEvents} */
export const createEventReader = () => {
  let rest = "";
  let name = "";
  /** @type {string[]} */
  let data = [];
  let isAfterReturn = false;
  return (text) => {
    if (!text) return [];
    /** @type {ServerEvent[]} */
    const events = [];
    const lines = (rest + (isAfterReturn ? text.replace(/^\n/, "") : text)).split(/\r\n|\r|\n/);
    isAfterReturn = text.endsWith("\r");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [, field = "", value = ""] = /^([^:]*)(?:: ?([^]*))?$/.exec(line) ?? [];
      if (field === "data") data.push(value);
      else if (field === "event") name = value;
      if (line) continue;
      if (data.length > 0) events.push({ name: name || "message", data: data.join("\n") });
      name = "";
      data = [];
    }
    return events;
  };
};

/** "412 bytes", "1.5 kB" @param {number} bytes */
export const sizeInWords = (bytes) => {
  if (bytes < 1_000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  return bytes < 999_950 ? `${numbers.format(bytes / 1_000)} kB` : `${numbers.format(bytes / 1_000_000)} MB`;
};

/** "120 ms", "2.5 s" @param {number} milliseconds */
export const timeInWords = (milliseconds) => (
  milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${numbers.format(milliseconds / 1_000)} s`
);
