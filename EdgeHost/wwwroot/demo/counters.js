import { byId } from "./element.js";
import { Latencies, milliseconds } from "./latency.js";

const BUCKET_MS = 100;
const BUCKETS = 10; // one second

/** The row of figures above the messages. */
export class Counters {
  #received = 0;
  #peak = 0;
  #buckets = new Array(BUCKETS).fill(0);
  #bucket = 0;
  #latencies = { own: new Latencies(), server: new Latencies() };
  #isStale = false;

  constructor() {
    setInterval(() => this.#show(), 250);
  }

  add({ ms, clock }) {
    this.#received++;
    this.#turn();
    this.#buckets[this.#bucket % BUCKETS]++;
    this.#peak = Math.max(this.#peak, this.#perSecond);
    this.#latencies[clock].add(ms);
    this.#isStale = true;
  }

  clear() {
    this.#received = this.#peak = 0;
    this.#buckets.fill(0);
    this.#latencies.own.clear();
    this.#latencies.server.clear();
    this.#isStale = true;
    this.#show();
  }

  get #perSecond() { return this.#buckets.reduce((sum, count) => sum + count, 0); }

  #turn() {
    const now = Math.floor(performance.now() / BUCKET_MS);
    for (let i = Math.max(this.#bucket + 1, now - BUCKETS + 1); i <= now; i++) this.#buckets[i % BUCKETS] = 0;
    this.#bucket = now;
  }

  #show() {
    this.#turn();
    const perSecond = this.#perSecond;
    byId("rate").textContent = perSecond.toLocaleString("en");
    if (!this.#isStale) return;
    this.#isStale = false;
    byId("received").textContent = this.#received.toLocaleString("en");
    byId("rate-note").textContent = this.#peak > 0 ? `peak ${this.#peak.toLocaleString("en")}` : "";
    this.#showLatency();
  }

  #showLatency() {
    const isOwn = this.#latencies.own.count > 0;
    const latencies = isOwn ? this.#latencies.own : this.#latencies.server;
    for (const [id, part] of [["p50", 0.5], ["p99", 0.99]]) {
      const ms = latencies.percentile(part);
      byId(id).textContent = ms === undefined ? "–" : (isOwn ? "" : "≈ ") + milliseconds(ms);
      byId(`${id}-note`).textContent = ms === undefined ? "" : isOwn ? `${latencies.count} pushed here` : `${latencies.count} by server time`;
    }
  }
}
