// What the tabs of one browser tell each other: that someone signed in or out. Never a token.

export const CHANNEL_NAME = "latchkey-session";

/** @param {Channel} channel @param {(event: TabEvent) => void} hear */
export function createTabChannel(channel, hear) {
  channel.addEventListener("message", ({ data }) => {
    if (data?.kind === "signed-in" || data?.kind === "signed-out") hear(data.kind);
  });
  return {
    /** @param {TabEvent} kind */
    tell: (kind) => channel.postMessage({ kind }),
    close: () => channel.close(),
  };
}
