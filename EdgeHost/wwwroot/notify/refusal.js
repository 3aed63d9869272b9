const WEBSOCKET_ONLY = { code: 1006, reason: "the WebSocket could not be opened, though the server answers: SSE may work", rule: "later" };

/** Asks the SSE endpoint why a WebSocket was refused; null: it cannot be reached either. */
export async function whyRefused(address) {
  const abort = new AbortController();
  try {
    const response = await fetch(address, { cache: "no-store", signal: abort.signal });
    return response.ok ? WEBSOCKET_ONLY : await refusalOf(response);
  } catch {
    return null;
  } finally {
    abort.abort();
  }
}

/** What a response that is no success means for connecting again. */
export async function refusalOf(response) {
  const isLasting = response.status < 500 && ![408, 425, 429].includes(response.status);
  const afterMs = Number(response.headers.get("Retry-After")) * 1000 || undefined;
  const problem = await response.json().catch(() => ({}));
  return { code: response.status, reason: problem.detail ?? problem.title ?? `HTTP ${response.status}`, rule: isLasting ? "never" : "later", afterMs };
}

/** For promises: an Error with the code. */
export function problemError({ code, reason }) {
  return Object.assign(new Error(reason), { code });
}
