// The tide service, through the connection of Latchkey that holds its key. This page knows neither key nor address of it.

import { problemIn } from "../../../static/js/auth-client/index.js";
import { client } from "./session.js";

const CONNECTION = "/api/v1/connections/tides";

/** The service's answer. Rejects with a sentence when Latchkey or the service refuses; Latchkey names its refusals. */
export async function ask(path, signal) {
  const response = await client.fetch(`${CONNECTION}${path}`, { signal });
  if (response.ok) return response;
  const isLatchkeys = response.headers.has("X-Latchkey-Error");
  throw new Error(isLatchkeys ? (await problemIn(response)).message : `The tide service answered ${response.status}.`);
}

/** What server-sent events say, as they arrive. An EventSource could not send the token. */
export async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    for (const event of events) {
      const data = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "null");
      // Latchkey's last word where it had to end the answer, such as after the session's end.
      if (/^event: latchkey-error$/m.test(event)) throw new Error(data.message);
      if (data) yield data;
    }
  }
}
