import { byId, element, facts } from "./element.js";
import { markSent, milliseconds } from "./latency.js";

const MANY = 100;
const AT_ONCE = 4; // fewer than a browser's connections to one host: the measured time must not be its queue's
const NAMES = { user: "User", client: "User", company: "Company", topic: "Topic", connection: "Connection id" };

/** The form that pushes. It checks the JSON; all else the server judges, and what it says is shown. */
export class PushPanel {
  #form = byId("push");
  #fields = this.#form.elements;
  #address = new URL("api/push", document.baseURI);

  constructor() {
    this.#form.addEventListener("input", () => this.#update());
    this.#form.addEventListener("submit", event => {
      event.preventDefault();
      this.#pushOne();
    });
    byId("push-many").addEventListener("click", () => this.#pushMany());
    this.#update();
  }

  /** Fills in where to push. */
  target(kind, name) {
    this.#fields.kind.value = kind;
    this.#fields.target.value = name;
    this.#update();
  }

  #update() {
    const kind = this.#fields.kind.value;
    byId("target-label").hidden = kind === "everyone";
    byId("target-what").textContent = NAMES[kind] ?? "";
    byId("client-id-label").hidden = kind !== "client";
    byId("component-label").hidden = kind === "connection";
    byId("event-label").classList.toggle("wide", ["client", "connection", "everyone"].includes(kind)); // else it shares its row
    const wrong = this.#wrongData();
    byId("data-error").textContent = wrong;
    this.#fields.data.setAttribute("aria-invalid", String(wrong !== ""));
    byId("curl").textContent = this.#curl();
  }

  #wrongData() {
    try {
      JSON.parse(this.#fields.data.value);
      return "";
    } catch (failure) {
      return this.#fields.data.value.trim() === "" ? "Some JSON is needed; null will do." : `Not JSON: ${failure.message}`;
    }
  }

  /** The body's text; data goes in as it was typed, so that big numbers stay what they are. */
  #body(id) {
    const { kind, target, clientId, component, event, data, retain } = this.#fields;
    const to = { kind: kind.value === "client" ? "user" : kind.value };
    if (to.kind !== "everyone") to.id = target.value;
    if (kind.value === "client") to.clientId = clientId.value;
    if (component.value && to.kind !== "connection") to.component = component.value;
    const head = { target: to, event: event.value || undefined, id, retain: retain.value === "false" ? false : undefined };
    return `${JSON.stringify(head).slice(0, -1)},"data":${data.value.trim()}}`;
  }

  #curl() {
    const quoted = this.#body().replaceAll("'", "'\\''");
    return `curl -X POST ${this.#address} \\\n  -H 'Content-Type: application/json' \\\n  -d '${quoted}'`;
  }

  /** False when the data is no JSON; the cursor is there then. */
  #ready() {
    this.#update();
    if (this.#fields.data.getAttribute("aria-invalid") !== "true") return true;
    this.#fields.data.focus();
    return false;
  }

  async #pushOne() {
    if (!this.#ready()) return;
    byId("push-one").disabled = true;
    const outcome = await this.#push();
    byId("push-one").disabled = false;
    this.#show(outcome.receipt ? receiptOf(outcome) : problemOf(outcome));
  }

  async #pushMany() {
    if (!this.#ready()) return;
    byId("push-many").disabled = true;
    const started = performance.now();
    const outcomes = [];
    let next = 0;
    const pushSome = async () => { while (next++ < MANY) outcomes.push(await this.#push()); };
    await Promise.all(Array.from({ length: AT_ONCE }, pushSome));
    byId("push-many").disabled = false;
    const took = performance.now() - started;
    const problem = outcomes.find(outcome => !outcome.receipt);
    if (problem) this.#show(problemOf(problem));
    else this.#show(element("div", { class: "outcome" }, element("strong", {}, `${MANY} pushed`), ` in ${milliseconds(took)}, ${AT_ONCE} at a time`));
  }

  async #push() {
    const id = newId();
    const body = this.#body(id);
    markSent(id);
    const started = performance.now();
    try {
      const response = await fetch(this.#address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      const answer = await response.json().catch(() => ({}));
      const took = performance.now() - started;
      return response.ok ? { receipt: answer, took } : { status: response.status, title: answer.title, detail: answer.detail };
    } catch {
      return { status: 0, title: "No answer", detail: "The server cannot be reached. The push may or may not have arrived." };
    }
  }

  #show(outcome) {
    byId("receipt").replaceChildren(outcome);
  }
}

function receiptOf({ receipt, took }) {
  const edges = receipt.edges === 1 ? "1 edge" : `${receipt.edges} edges`;
  const connections = receipt.connections === 1 ? "1 connection" : `${receipt.connections} connections`;
  return element("div", { class: "outcome" },
    element("strong", {}, receipt.connections === 0 ? "Accepted; nobody is connected" : `Sent to ${connections} at ${edges}`),
    facts([["Position", receipt.position], ["Id", element("code", {}, receipt.id)], ["Took", milliseconds(took)], ["Repeat", receipt.repeat ? "yes: pushed before" : null]]));
}

function problemOf({ status, title, detail }) {
  return element("div", { class: "outcome problem" },
    element("strong", {}, [status || null, title ?? "Not pushed"].filter(Boolean).join(" ")),
    element("p", {}, detail ?? ""));
}

function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("");
}
