const SENT_LIMIT = 2_000;
const SAMPLES_LIMIT = 1_000;

const sent = new Map(); // notification id → when this page pushed it, by this page's clock

/** This page is about to push. */
export function markSent(id) {
  sent.set(id, performance.now());
  if (sent.size > SENT_LIMIT) sent.delete(sent.keys().next().value);
}

/**
 * How long a notification took until now: from this page's push, by one clock; else from the server's time for it, by two.
 * clock says which: "own" or "server".
 */
export function latencyOf({ id, time }) {
  const now = performance.now();
  if (sent.has(id)) {
    const ms = now - sent.get(id);
    sent.delete(id);
    return { ms, clock: "own" };
  }

  // Date.parse stops at milliseconds; the server writes more digits.
  const parts = /^(.*:\d\d)(\.\d+)?(.*)$/.exec(time);
  const pushed = Date.parse(parts[1] + parts[3]) + Number(parts[2] ?? 0) * 1000;
  return { ms: performance.timeOrigin + now - pushed, clock: "server" };
}

/** The last latencies of one clock. */
export class Latencies {
  #samples = [];
  #next = 0;

  get count() { return this.#samples.length; }

  add(ms) {
    this.#samples[this.#next] = ms;
    this.#next = (this.#next + 1) % SAMPLES_LIMIT;
  }

  clear() {
    this.#samples = [];
    this.#next = 0;
  }

  /** The smallest latency that at least this part of them does not exceed (nearest rank). */
  percentile(part) {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  }
}

export function milliseconds(ms) {
  return Math.abs(ms) < 99.95 ? `${ms.toFixed(1)} ms` : Math.abs(ms) < 9_999.5 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1000)} s`;
}
