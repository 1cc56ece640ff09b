// Instants that the server could only write in UTC, in the reader's own zone. Their places keep their words otherwise.

const format = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});

/** @param {ParentNode} root */
export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    const isUtc = /\bUTC\s*$/.test(time.textContent ?? "");
    if (isUtc && !Number.isNaN(moment.getTime())) time.textContent = format.format(moment);
  }
}
