import { ruleOf } from "../notify/link.js";
import { milliseconds } from "./latency.js";

const SENTENCES = {
  1000: "Closed",
  1006: "",
  4000: "Closed: this client sent frames that cannot be understood",
  4001: "Closed: the identity is missing, wrong or has expired",
  4003: "Closed: the identity may not do this",
  4008: "Closed: the user has too many connections",
  4009: "Closed: a newer connection has taken over the client id",
  4101: "The edge is about to stop",
  4102: "The channels could not be joined in time",
  4201: "Closed: this client was too slow",
  4202: "The edge lost its lease and starts anew",
  4203: "Closed: a ping was not answered",
};

/** One sentence about a state that is over: what happened, with the server's code and reason, and what comes next. */
export function closingText({ name, code, reason, retryMs }) {
  if (name === "closed" && code === 1000) return `Not connected: ${reason || "closed by the server"}`;
  const what = SENTENCES[code] ?? (code < 1000 ? "Refused" : "Closed");
  const why = what === "" ? capital(reason) : `${what} (${code}${reason ? `, ${reason}` : ""})`;
  const next = name === "closed" ? "Not connecting again."
    : retryMs === 0 ? "Connecting again at once."
    : `Connecting again in ${milliseconds(retryMs)}.`;
  return `${why.replace(/\.$/, "").replace(/\.\)$/, ")")}. ${next}`;
}

/** Whether a closed state is a failure, not a wish. */
export const isFailure = ({ name, code }) => name === "closed" && code !== 1000 && (code < 1000 || ruleOf(code) === "never");

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
