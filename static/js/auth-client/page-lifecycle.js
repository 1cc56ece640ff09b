// Moments at which a page may have slept through something: shown again, online again, restored from the
// back-forward cache.

/** @param {Surroundings} around @param {() => void} onAwake @param {() => void} onRestored @param {AbortSignal} signal */
export function watchPage({ events, isVisible }, onAwake, onRestored, signal) {
  events.addEventListener("visibilitychange", () => isVisible() && onAwake(), { signal });
  events.addEventListener("online", onAwake, { signal });
  events.addEventListener("pageshow", (event) => "persisted" in event && event.persisted && onRestored(), { signal });
}
