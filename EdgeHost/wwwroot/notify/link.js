import { Cursor } from "../cursor.js";
import { problemError } from "./refusal.js";

/** What a close code says about connecting again: "never", "later" or "now". */
export function ruleOf(code) {
  if (code >= 4000 && code < 4100) return "never";
  if (code >= 4200 && code < 4300) return "now";
  return [1000, 1002, 1003, 1007, 1008, 1009, 1010].includes(code) ? "never" : "later";
}

/** One attempt to connect and what came of it, whatever the transport. */
export class Link {
  isWelcomed = false;
  /** Ends with the welcome (undefined) or with the end. */
  settled;
  connectionId = ""; // from the welcome
  send = null; // set by the transport, if it has a way back
  shut = () => {}; // set by the transport
  #settle;
  #handlers;
  #isOver = false;
  #welcomedAt = 0;
  #heardAt = performance.now();
  #pingedAt = 0;
  #watch = 0;
  #afterMs; // from a reconnect frame
  #asked = new Map();
  #lastRef = 0;
  #cursor = null; // a Cursor, or the text of an event stream's last id:
  #positions = new Map();
  #caughtUp = null;
  #successor = null;
  #held = null; // as a successor: what came before the first one was closed

  constructor(address, topics, handlers) {
    this.address = address;
    this.topics = topics;
    this.#handlers = handlers;
    this.settled = new Promise(settle => { this.#settle = settle; });
  }

  get livedMs() { return this.isWelcomed ? performance.now() - this.#welcomedAt : 0; }

  get isOver() { return this.#isOver; }

  /** Where to go on after what was handed on; empty: nowhere yet. */
  get cursor() { return String(this.#cursor ?? ""); }

  /** Something came, be it a comment. */
  heard() { this.#heardAt = performance.now(); }

  /** Takes a frame's JSON text, for a binary message its payload, on an event stream the event's id. */
  take(json, bytes, id) {
    this.heard();
    if (this.#isOver) return;
    let frame;
    try {
      frame = JSON.parse(json);
    } catch {
      this.#handlers.problem({ code: "unreadable", message: "The server sent a frame that is not JSON." });
      return;
    }

    switch (frame.type) {
      case "notification": return this.#takeNotification(frame, bytes, id);
      case "welcome": return this.#takeWelcome(frame, id);
      case "cursor": this.#cursor = Cursor.parse(frame.cursor); return;
      case "reply": return this.#answer(frame, null);
      case "error": return this.#answer(frame, frame);
      case "reconnect": this.#afterMs = frame.afterMs; return;
      case "close": return this.end(frame.code, frame.reason);
    }
  }

  /** Takes an id that came without an event: what was left out for this client moves the cursor on, too. */
  takeId(id) {
    if (this.#isOver) return;
    if (this.#held) this.#held.push([null, id]);
    else this.#cursor = id;
  }

  /** Asks the server; the promise ends with its answer. A link that ends first leaves the question to its successor. */
  ask(frame) {
    const ref = ++this.#lastRef;
    return new Promise((resolve, reject) => {
      this.#asked.set(ref, { resolve, reject, lose: resolve });
      this.send({ ...frame, ref });
    });
  }

  /** Sends a message; the promise ends with the handler's answer. If the link ends first nobody knows what became of it. */
  message(url, body, timeoutMs) {
    const ref = ++this.#lastRef;
    return new Promise((resolve, reject) => {
      const fail = (code, reason) => {
        this.#asked.delete(ref);
        reject(problemError({ code, reason }));
      };
      const timer = setTimeout(() => fail("no_answer", "no answer came in time; the message may have been handled"), timeoutMs);
      const settled = then => value => { clearTimeout(timer); then(value); };
      this.#asked.set(ref, {
        resolve: settled(resolve), reject: settled(reject),
        lose: settled(() => fail("connection_lost", "the connection ended before the answer came; the message may have been handled")),
      });
      this.send({ type: "message", url, ref, body });
    });
  }

  /** The link is over: by the server, the network or silence. */
  end(code, reason, rule = ruleOf(code), afterMs = this.#afterMs) {
    if (this.#isOver) return;
    const end = { code, reason, rule, afterMs };
    this.#settle(end);
    this.close();
    this.#handlers.end(end);
  }

  /** This client is done with it. */
  close() {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#watch);
    for (const { lose } of [...this.#asked.values()]) lose();
    this.#asked.clear();
    this.shut();
    this.#successor?.#release();
    this.#settle({ code: 1000, reason: "closed by this client", rule: "never" });
  }

  /** Closes as soon as nothing can come here that does not come to its successor as well, which holds back till then: so order is kept. */
  closeAfter(successor, limitMs) {
    this.#successor = successor;
    successor.#held = [];
    if (this.#isOver) successor.#release();
    const missing = [...successor.#positions].filter(([channel, position]) => this.#isBefore(channel, position));
    if (missing.length === 0) {
      this.close();
      return;
    }

    const until = new Map(missing);
    const timer = setTimeout(() => this.close(), limitMs);
    this.#caughtUp = channel => {
      if (until.has(channel) && !this.#isBefore(channel, until.get(channel))) until.delete(channel);
      if (until.size > 0) return;
      clearTimeout(timer);
      this.close();
    };
  }

  #isBefore(channel, position) {
    if (!this.#positions.has(channel)) return false;
    const [epoch, offset] = split(this.#positions.get(channel));
    const [otherEpoch, otherOffset] = split(position);
    return epoch === otherEpoch && offset < otherOffset;
  }

  #takeWelcome(frame, id) {
    this.isWelcomed = true;
    this.#cursor = id ?? Cursor.parse(frame.cursor);
    this.connectionId = frame.connectionId;
    this.#welcomedAt = performance.now();
    for (const channel of frame.channels) this.#positions.set(`${channel.kind}/${channel.id}`, channel.position);
    this.#watch = setInterval(() => this.#check(frame.pingSeconds * 1000), frame.pingSeconds * 500);
    this.#handlers.welcome(frame);
    this.#settle();
  }

  #takeNotification(frame, bytes, id) {
    if (frame.encoding === "binary") frame.data = bytes;
    else if (frame.encoding === "base64") frame.data = Uint8Array.from(atob(frame.data), c => c.charCodeAt(0));
    if (this.#held) this.#held.push([frame, id]);
    else this.#hand(frame, id);
    if (!frame.channel) return;
    const channel = `${frame.channel.kind}/${frame.channel.id}`;
    this.#positions.set(channel, frame.position);
    this.#caughtUp?.(channel);
  }

  #release() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const [frame, id] of held) this.#hand(frame, id);
  }

  #hand(frame, id) {
    if (frame) this.#handlers.notification(frame);
    if (id !== undefined) this.#cursor = id;
    else if (frame.channel && !frame.ephemeral) this.#cursor?.set(frame.channel, frame.position);
  }

  #answer({ ref, body, channels }, error) {
    for (const channel of channels ?? []) if (channel.position) this.#cursor?.set?.(channel, channel.position); // topics subscribed to: live from there
    const asked = this.#asked.get(ref);
    this.#asked.delete(ref);
    if (!asked) {
      if (error) this.#handlers.problem({ code: error.code, message: error.message });
    } else if (error) {
      asked.reject(problemError({ code: error.code, reason: error.message }));
    } else {
      asked.resolve(body);
    }
  }

  /**
   * Finds out that the server is gone although nothing was closed. SSE comments are heard here, WebSocket pings stay inside
   * the browser: so this side asks. Timers of a hidden page come late, so only a question without an answer counts.
   */
  #check(pingMs) {
    const now = performance.now();
    const silentMs = now - this.#heardAt;
    if (!this.send) {
      if (silentMs > 2 * pingMs) this.end(1006, "the server has fallen silent");
    } else if (this.#pingedAt > this.#heardAt && now - this.#pingedAt >= pingMs) {
      this.end(1006, "the server has fallen silent");
    } else if (silentMs >= pingMs && this.#pingedAt <= this.#heardAt) {
      this.#pingedAt = now;
      this.send({ type: "ping" });
    }
  }
}

/** A position's epoch, as text, and offset. */
export function split(position) {
  const dash = position.lastIndexOf("-");
  return [position.slice(0, dash), Number(position.slice(dash + 1))];
}
