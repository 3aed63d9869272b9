import { problemError, refusalOf } from "./refusal.js";

/** Fills a link from an event stream. Reads it itself: an EventSource knows only event names it was told before, and hides why it was refused. */
export async function openEventStream(link) {
  const abort = new AbortController();
  link.shut = () => abort.abort();
  try {
    const response = await fetch(link.address, { headers: { Accept: "text/event-stream" }, cache: "no-store", signal: abort.signal });
    if (!response.ok) {
      const { code, reason, rule, afterMs } = await refusalOf(response);
      link.end(code, reason, rule, afterMs);
      return;
    }

    await readEvents(response.body, link);
    link.end(1006, "the connection broke");
  } catch {
    link.end(1006, link.isWelcomed ? "the connection broke" : "the server cannot be reached");
  }
}

/** Sends a message beside the stream, which has no way back; ends with the handler's answer. */
export async function postMessage(address, message, timeoutMs) {
  let response;
  try {
    response = await fetch(address, {
      method: "POST", headers: { "Content-Type": "application/json" }, cache: "no-store",
      body: JSON.stringify(message), signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (failure) {
    throw problemError(failure.name === "TimeoutError"
      ? { code: "no_answer", reason: "no answer came in time; the message may have been handled" }
      : { code: "connection_lost", reason: "the server cannot be reached; the message may have been handled" });
  }

  if (!response.headers.get("Content-Type")?.startsWith("application/json")) throw problemError(await refusalOf(response));
  const frame = await response.json();
  if (frame.type === "error") throw problemError({ code: frame.code, reason: frame.message });
  return frame.body;
}

/** Parses text/event-stream (WHATWG HTML, section 9.2). The data carries the frame's type and event; the id is the cursor. */
async function readEvents(body, link) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let data = [];
  let id; // of the block; undefined: it has none
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    link.heard();
    const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data:")) {
        data.push(line.slice(line[5] === " " ? 6 : 5));
      } else if (line.startsWith("id:")) {
        id = line.slice(line[3] === " " ? 4 : 3);
      } else if (line === "") {
        if (data.length > 0) link.take(data.join("\n"), undefined, id);
        else if (id !== undefined) link.takeId(id);
        data = [];
        id = undefined;
      }
    }
  }
}
