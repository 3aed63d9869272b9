import { byId, element } from "./element.js";
import { milliseconds } from "./latency.js";

const SHOWN_LIMIT = 500;
const TEXT_LIMIT = 4_000; // characters of a payload
const ONE_LINE_LIMIT = 100;
const ANIMATED_LIMIT = 5; // more at once would only cost time

/** The messages, newest first. Drawn once a frame, so that a burst costs no more than what can be seen. */
export class Feed {
  #list = byId("messages");
  #waiting = [];
  #isDue = false;

  add(notification, latency, arrived) {
    this.#waiting.push({ notification, latency, arrived });
    if (this.#waiting.length > SHOWN_LIMIT) this.#waiting.shift();
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => this.#draw());
  }

  clear() {
    this.#waiting = [];
    this.#list.replaceChildren();
    byId("empty").hidden = false;
  }

  #draw() {
    this.#isDue = false;
    const rows = this.#waiting.map(row).reverse();
    if (rows.length <= ANIMATED_LIMIT) for (const one of rows) one.classList.add("new");
    this.#waiting = [];
    this.#list.prepend(...rows);
    while (this.#list.childElementCount > SHOWN_LIMIT) this.#list.lastElementChild.remove();
    byId("empty").hidden = this.#list.childElementCount > 0;
  }
}

function row({ notification, latency, arrived }) {
  const { channel, position, id, event, data, time, ephemeral } = notification;
  const kind = channel?.kind ?? "connection";
  const offset = position?.slice(position.lastIndexOf("-") + 1);
  return element("li", { class: "message", "data-kind": kind, "data-id": id },
    element("div", { class: "line" },
      element("span", { class: "channel" }, channel ? `${kind} ${channel.id}` : "this connection"),
      element("span", { class: "event" }, event ?? ""),
      ephemeral ? element("span", { class: "mark", title: `after position ${position}` }, "ephemeral")
        : offset ? element("span", { class: "mark", title: `position ${position}, id ${id}` }, `#${offset}`) : "",
      element("span", { class: "right" },
        element("span", { class: "latency", "data-clock": latency.clock, title: latency.clock === "own" ? "From this page’s push to its arrival here" : "Arrival here against the server’s time" },
          (latency.clock === "own" ? "" : "≈ ") + milliseconds(latency.ms)),
        element("time", { datetime: time, title: `Server time ${time}` }, clockTime(arrived)))),
    element("pre", {}, textOf(data)));
}

function textOf(data) {
  const text = data instanceof Uint8Array ? `${data.length} bytes: ${hexOf(data)}` : jsonOf(data);
  return text.length <= TEXT_LIMIT ? text : `${text.slice(0, TEXT_LIMIT)}… (${text.length - TEXT_LIMIT} more characters)`;
}

function jsonOf(data) {
  const line = JSON.stringify(data) ?? "";
  return line.length <= ONE_LINE_LIMIT ? line : JSON.stringify(data, null, 2);
}

function hexOf(bytes) {
  return [...bytes.subarray(0, TEXT_LIMIT / 3)].map(byte => byte.toString(16).padStart(2, "0")).join(" ");
}

function clockTime(date) {
  return `${date.toLocaleTimeString("en-GB")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
