import { connect } from "../notify.js";
import { closingText, isFailure } from "./closing.js";
import { Counters } from "./counters.js";
import { byId, element } from "./element.js";
import { Feed } from "./feed.js";
import { latencyOf } from "./latency.js";
import { PushPanel } from "./push-panel.js";

const USERS = ["alice", "bob", "carol", "dave", "erin"];
const TRANSPORTS = { ws: "WebSocket", sse: "server-sent events" };

const form = byId("client");
const fields = form.elements;
const counters = new Counters();
const feed = new Feed();
const push = new PushPanel();
let client = null;
let topics = []; // while there is no client

const query = new URLSearchParams(location.search);
for (const name of ["user", "company", "component", "clientId"]) if (query.has(name)) fields[name].value = query.get(name);
if (query.get("transport") === "sse") fields.transport.value = "sse";
topics = [...new Set((query.get("topics") ?? "").split(",").filter(Boolean))];
if (fields.company.value) push.target("company", fields.company.value);

form.addEventListener("input", linkAnother);
form.addEventListener("submit", event => {
  event.preventDefault();
  if (isConnected()) client.close();
  else begin();
});
byId("topics").addEventListener("submit", event => {
  event.preventDefault();
  const names = byId("topic").value.split(",").map(name => name.trim()).filter(Boolean);
  if (names.length > 0) changeTopics(names, true);
});
byId("clear").addEventListener("click", () => {
  feed.clear();
  counters.clear();
});
byId("push-to-me").addEventListener("click", () => push.target("connection", byId("connection-id").textContent));
showTopics();
if (query.get("auto") === "1") begin();

function isConnected() {
  return client !== null && client.state.name !== "closed";
}

function begin() {
  client = connect({
    transport: fields.transport.value,
    user: fields.user.value,
    company: fields.company.value,
    component: fields.component.value,
    clientId: fields.clientId.value,
    topics,
    onNotification: receive,
    onState: show,
    onProblem: problem => { byId("topic-error").textContent = problem.message; },
  });
}

function receive(notification) {
  const latency = latencyOf(notification);
  counters.add(latency);
  feed.add(notification, latency, new Date());
}

function show(state) {
  if (state.name === "closed" && client) topics = client.topics;
  const status = byId("status");
  status.dataset.state = isFailure(state) ? "failed" : state.name;
  byId("status-text").textContent = statusText(state);
  byId("identity").disabled = state.name !== "closed";
  byId("connect").textContent = state.name === "closed" ? "Connect" : "Disconnect";
  byId("connect").classList.toggle("primary", state.name === "closed");
  byId("link").hidden = state.name !== "open";
  document.title = state.name === "open" ? `${fields.user.value} · Notify` : "Notify";
  if (state.name === "open") {
    byId("connection-id").textContent = state.connectionId;
    byId("edge").textContent = state.edge;
  }

  showTopics();
}

function statusText(state) {
  switch (state.name) {
    case "connecting": return state.attempt > 1 ? `Connecting (attempt ${state.attempt})` : "Connecting";
    case "open": return `${fields.user.value} is connected over ${TRANSPORTS[fields.transport.value]}`;
    default: return closingText(state);
  }
}

async function changeTopics(names, isWanted) {
  byId("topic-error").textContent = "";
  try {
    if (client && isConnected()) await (isWanted ? client.subscribe(names) : client.unsubscribe(names));
    else topics = isWanted ? [...new Set([...topics, ...names])] : topics.filter(name => !names.includes(name));
    if (isWanted) byId("topic").value = "";
  } catch (problem) {
    byId("topic-error").textContent = problem.message;
  }

  showTopics();
}

function showTopics() {
  const names = isConnected() ? client.topics : topics;
  byId("topic-list").replaceChildren(...names.map(name => {
    const remove = element("button", { type: "button", "aria-label": `Unsubscribe from ${name}` }, "×");
    remove.addEventListener("click", () => changeTopics([name], false));
    return element("li", { "data-topic": name }, element("span", {}, name), remove);
  }));
  linkAnother();
}

/** The link to a second client: the next user, everything else alike. */
function linkAnother() {
  const user = USERS[(USERS.indexOf(fields.user.value) + 1) % USERS.length];
  const next = new URLSearchParams({ user, company: fields.company.value, auto: "1" });
  if (fields.component.value) next.set("component", fields.component.value);
  if (fields.transport.value === "sse") next.set("transport", "sse");
  const names = isConnected() ? client.topics : topics;
  if (names.length > 0) next.set("topics", names.join(","));
  byId("another").href = `?${next}`;
}
