// Connections: the services that the person may use, each with what is left of its calls.

import { cloneOf, fill, showRows, slot } from "./slots.js";

/** @type {Record<number, string>} */
const WINDOWS = { 1: "a second", 60: "a minute", 3600: "an hour", 86400: "a day" };
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short" });

/** @type {LoadView<ConnectionsData>} */
export const load = ({ call }) => call("GET", "connections");

/** @type {ShowView<ConnectionsData>} */
export const show = ({ connections }) => {
  const root = cloneOf("connections-template");
  fill(root, { connections });
  const list = slot(root, "list");
  showRows(list, "connection-template", connections.map((each) => (
    { ...each, id: each.name, offered: each.methods.join(" "), off: !each.enabled }
  )));
  connections.forEach(({ quota }, place) => showQuota(/** @type {Element} */ (list.children[place]), quota));
  return root;
};

/** @param {ParentNode} row @param {Quota} quota */
export function showQuota(row, quota) {
  const { words, percent } = quotaInWords(quota);
  fill(row, { quota: words });
  row.querySelector(".quota rect:last-of-type")?.setAttribute("width", `${percent}%`);
}

/** @type {QuotaInWords} */
export const quotaInWords = ({ limit, seconds, used, resets_at: end }) => {
  const left = Math.max(limit - used, 0);
  const until = (seconds > 86_400 ? day : clock).format(new Date(end));
  const window = WINDOWS[seconds] ?? `in ${seconds % 60 ? `${seconds} seconds` : `${seconds / 60} minutes`}`;
  const words = used ? `${left} of ${limit} calls left until ${until}` : `${limit} calls ${window}`;
  return { words, percent: Math.min(100 * used / limit, 100) };
};
