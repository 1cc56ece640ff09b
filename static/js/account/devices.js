// Devices: where the person is signed in, and the browsers that know them.

import { showSessions } from "./sessions-list.js";
import { cloneOf, fill, showRows, slot } from "./slots.js";

/** @type {LoadView<DevicesData>} */
export const load = async ({ call }) => {
  const [{ sessions }, { devices }] = await Promise.all([call("GET", "sessions"), call("GET", "devices")]);
  return { sessions, devices };
};

/** @type {ShowView<DevicesData>} */
export const show = ({ sessions, devices }) => {
  const root = cloneOf("devices-template");
  fill(root, { alone: sessions.length === 1, devices });
  showSessions(root, sessions);
  showRows(slot(root, "browsers"), "browser-template", devices.map((each) => ({ ...each, name: each.device })));
  return root;
};
