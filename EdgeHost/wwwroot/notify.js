/*
 * Notify for browsers: an ES module without dependencies. Import it from an edge, or copy it with the folder notify/.
 *
 *   import { connect } from "https://notify.example/notify.js";
 *
 *   const client = connect({
 *     user: "alice", company: "acme", topics: ["stocks/AAPL"],
 *     onNotification: n => console.log(n.channel.kind, n.event, n.data),
 *     onState: s => console.log(s.name, s.reason ?? ""),
 *   });
 *   await client.subscribe(["stocks/MSFT"]);
 *   client.close();
 *
 * Options of connect(), all optional but the user in Development (elsewhere the token says who it is):
 *   url             the edge's address; default: where this module came from
 *   transport       "ws" (default) or "sse"
 *   user, company, component, clientId
 *   topics          topics to begin with; a name has no comma
 *   resume          from where channels are wanted at the first attempt: a cursor (client.cursor of before), "last:10",
 *                   "since:2030-01-31T12:00:00Z"; default: from now on
 *   query           further parameters such as { access_token }; or a function that returns them, asked at each attempt
 *   onNotification  gets { channel: { kind, id }, position, id, event, time, data, ephemeral? }. Sent to the connection
 *                   itself, it has no channel and no position. Bytes come as a Uint8Array. Everything in it is what
 *                   somebody pushed: show it as text, never as HTML.
 *   onState         gets the new state, as client.state has it:
 *                     { name: "connecting", attempt }
 *                     { name: "open", connectionId, edge, topics, channels }  channels as the server's welcome has them:
 *                                                                            recovered says whether all that was missed came
 *                     { name: "waiting", code, reason, retryMs, attempt }    will connect again
 *                     { name: "closed", code, reason }                       will not
 *                   code is the WebSocket close code, or below 1000 the HTTP status that refused the connection.
 *   onProblem       gets { code, message }: the server could not serve a frame, or sent one that cannot be read
 *
 * client.send(url, body, { timeoutMs }) sends a message to the handler mapped to the url; its promise ends with the handler's answer
 * (undefined: an empty one), or with an Error whose code is the server's, "not_connected", "connection_lost" or "no_answer".
 *
 * The client has state, topics, cursor, subscribe(topics), unsubscribe(topics), renew(token) and close(). renew gives an open
 * WebSocket a new token before the old one expires; elsewhere, and when it has expired (4104), the next attempt asks
 * query() for one. The promises end when the server
 * has agreed; an Error with the server's code and message otherwise. Not connected, the topics count from the next attempt.
 * On SSE, which has no way back, a second stream with the new topics is opened before the first one is closed; what
 * arrives on both is handed on once, and in order.
 *
 * Connecting again follows the close codes: 40xx never, 42xx at once, all else later, after what the server said or a
 * random delay that doubles up to 30 s. What was pushed in between comes first then, once and in order.
 */
import { Link, split } from "./notify/link.js";
import { problemError, whyRefused } from "./notify/refusal.js";
import { openEventStream, postMessage } from "./notify/sse.js";
import { openWebSocket } from "./notify/websocket.js";

/** Opens a connection and keeps it; see the head of this file. */
export function connect(options) {
  const client = new Client(options);
  client.start();
  return client;
}

const FIRST_DELAY_MS = 500;
const LIMIT_DELAY_MS = 30_000;
const STABLE_MS = 5_000; // a connection that lived this long starts the delays anew
const OVERLAP_MS = 1_000; // how long an SSE stream outlives its successor's welcome at most
const REMEMBERED_IDS = 1_024; // enough for what two streams of one client carry in that time

class Client {
  #options;
  #topics;
  #state = { name: "closed", code: 0, reason: "not started" };
  #link = null; // the link that counts
  #next = null; // SSE: its successor, until that is welcomed
  #previous = null; // SSE: its predecessor, until that is closed
  #attempt = 0;
  #timer = 0;
  #changes = Promise.resolve(); // subscribe and unsubscribe take turns
  #resume; // where the last link that counted had come
  #handed = new Map(); // channel: the last position handed on
  #seen = new Set();
  #online = () => { if (this.#state.name === "waiting") this.#begin(); };

  constructor(options) {
    const transport = options.transport ?? "ws";
    if (transport !== "ws" && transport !== "sse") throw new TypeError(`The transport is "${transport}"; it must be "ws" or "sse".`);
    this.#options = { ...options, transport, url: new URL(options.url ?? ".", import.meta.url) };
    this.#topics = new Set(checked(options.topics ?? []));
    this.#resume = options.resume ?? "";
  }

  get state() { return this.#state; }

  get topics() { return [...this.#topics]; }

  /** Where it has come: another client, of another page, goes on from there with the option resume. */
  get cursor() { return this.#link?.cursor || this.#resume; }

  /** Called once, by connect(). */
  start() {
    addEventListener("online", this.#online);
    this.#begin();
  }

  subscribe(topics) { return this.#change(checked(topics), "subscribe"); }

  unsubscribe(topics) { return this.#change(checked(topics), "unsubscribe"); }

  renew(token) { return this.#link?.send ? this.#link.ask({ type: "token", token }) : Promise.resolve(); }

  async send(url, body, { timeoutMs = 30_000 } = {}) {
    const link = this.#link;
    if (!link?.isWelcomed) throw problemError({ code: "not_connected", reason: "the client is not connected" });
    if (link.send) return link.message(url, body, timeoutMs);
    const address = this.#address("messages");
    address.searchParams.set("connection", link.connectionId);
    return postMessage(address, { url, body }, timeoutMs);
  }

  close() {
    clearTimeout(this.#timer);
    removeEventListener("online", this.#online);
    const links = [this.#next, this.#link, this.#previous];
    this.#resume = this.cursor;
    this.#next = this.#link = this.#previous = null;
    if (this.#state.name !== "closed") this.#enter({ name: "closed", code: 1000, reason: "closed by this client" });
    for (const link of links) link?.close();
  }

  #begin() {
    clearTimeout(this.#timer);
    this.#attempt++;
    this.#enter({ name: "connecting", attempt: this.#attempt });
    if (this.#state.name === "connecting") this.#link = this.#open();
  }

  #open() {
    const { transport } = this.#options;
    const link = new Link(this.#address(transport), this.topics, {
      welcome: frame => this.#onWelcome(link, frame),
      notification: frame => this.#onNotification(frame),
      problem: problem => this.#tell("onProblem", problem),
      end: end => this.#onEnd(link, end),
    });
    if (transport === "sse") openEventStream(link);
    else openWebSocket(link, () => whyRefused(this.#address("sse")));
    return link;
  }

  #address(path) {
    const { url, user, company, component, clientId, query } = this.#options;
    const address = new URL(path, url);
    const parameters = { userid: user, company, component, clientId, topics: this.topics.join(","), resume: this.cursor, ...(typeof query === "function" ? query() : query) };
    for (const [name, value] of Object.entries(parameters)) if (value) address.searchParams.set(name, value);
    return address;
  }

  #onWelcome(link, frame) {
    if (link === this.#next) {
      this.#previous?.close();
      this.#previous = this.#link;
      this.#link = this.#next;
      this.#next = null;
      this.#previous?.closeAfter(link, OVERLAP_MS);
    }

    this.#enter({ name: "open", connectionId: frame.connectionId, edge: frame.edge, topics: link.topics, channels: frame.channels });
  }

  #onNotification(notification) {
    if (this.#state.name === "closed") return; // the rest of a predecessor
    if (this.#isRepeat(notification)) return;
    this.#tell("onNotification", notification);
  }

  /** Two streams of one client bring the same, and so may a replay. */
  #isRepeat({ channel, position, id, ephemeral }) {
    if (!channel) return false;
    const name = `${channel.kind}/${channel.id}`;
    if (!ephemeral) {
      const [epoch, offset] = split(position);
      const [lastEpoch, lastOffset] = this.#handed.get(name) ?? [0, 0];
      if (Number(epoch) < lastEpoch || (Number(epoch) === lastEpoch && offset <= lastOffset)) return true;
      this.#handed.set(name, [Number(epoch), offset]);
      return false;
    }

    const key = `${name}/${id}`;
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    if (this.#seen.size > REMEMBERED_IDS) this.#seen.delete(this.#seen.values().next().value);
    return false;
  }

  #onEnd(link, { code, reason, rule, afterMs }) {
    if (link === this.#next) {
      this.#next = null; // whoever asked for it hears why
      if (this.#link) return;
      rule = "later"; // the first one has ended meanwhile, so nothing is left but to begin again
    } else if (link !== this.#link) {
      return;
    }

    this.#resume = link.cursor || this.#resume;
    this.#link = null;
    if (this.#next) return; // its successor is on the way

    if (rule === "never") {
      this.#enter({ name: "closed", code, reason });
      removeEventListener("online", this.#online);
      return;
    }

    if (link.livedMs > STABLE_MS) this.#attempt = 0;
    const doublings = Math.min(Math.max(this.#attempt - 1, 0), 10);
    const backOff = Math.min(LIMIT_DELAY_MS, FIRST_DELAY_MS * 2 ** doublings) * (0.5 + Math.random() / 2);
    const retryMs = Math.round(rule === "now" && this.#attempt <= 1 ? 0 : afterMs ?? backOff);
    this.#enter({ name: "waiting", code, reason, retryMs, attempt: this.#attempt });
    if (this.#state.name === "waiting") this.#timer = setTimeout(() => this.#begin(), retryMs);
  }

  #change(topics, type) {
    const change = this.#changes.then(() => this.#changeNow(topics, type));
    this.#changes = change.catch(() => {});
    return change;
  }

  async #changeNow(wanted, type) {
    await this.#link?.settled;
    const link = this.#link;
    const topics = wanted.filter(topic => this.#topics.has(topic) !== (type === "subscribe"));
    this.#keep(topics, type === "subscribe");
    if (topics.length === 0 || !link?.isWelcomed) return; // not connected: counts from the next attempt
    try {
      if (this.#options.transport === "sse") {
        this.#next = this.#open();
        const end = await this.#next.settled;
        if (end) throw problemError(end);
      } else {
        await link.ask({ type, topics });
        if (this.#state.name === "open") this.#enter({ ...this.#state, topics: this.topics });
      }
    } catch (problem) {
      this.#keep(topics, type !== "subscribe");
      throw problem;
    }
  }

  #keep(topics, isWanted) {
    for (const topic of topics) isWanted ? this.#topics.add(topic) : this.#topics.delete(topic);
  }

  #enter(state) {
    this.#state = state;
    this.#tell("onState", state);
  }

  /** What the application's handlers throw is the application's: it must not end the connection. */
  #tell(handler, value) {
    try {
      this.#options[handler]?.(value);
    } catch (failure) {
      reportError(failure);
    }
  }
}

function checked(topics) {
  for (const topic of topics) {
    if (typeof topic !== "string" || topic === "" || topic.includes(",")) throw new TypeError(`"${topic}" is no topic: it is empty or has a comma.`);
  }

  return [...new Set(topics)];
}
