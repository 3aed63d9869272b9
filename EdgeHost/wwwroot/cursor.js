/*
 * The cursor of a client on WebSocket: start with the welcome's, set each notification's position, take the server's
 * "cursor" frames as they come, and connect again with ?resume=<text>. An EventSource needs none of this.
 *
 *   let cursor = Cursor.parse(welcome.cursor);
 *   cursor.set(notification.channel, notification.position);   // retained ones only
 *   address.searchParams.set("resume", cursor.toString());
 *
 * The text is base64url of version:1 (tag:6 epoch:varint offset:varint)*; see Protocol/Resume/Cursor.cs.
 */
const VERSION = 1;
const LIMIT_CHANNELS = 64;

export class Cursor {
  #positions = new Map(); // tag: [epoch, offset]

  /** Reads a text; null when it is none. */
  static parse(text) {
    if (typeof text !== "string" || !/^[A-Za-z0-9_-]{1,2048}$/.test(text)) return null;
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
    if (bytes[0] !== VERSION) return null;
    const cursor = new Cursor();
    for (let at = 1; at < bytes.length;) {
      let tag = 0;
      for (const end = at + 6; at < end; at++) tag = tag * 256 + bytes[at];
      const number = () => {
        let value = 0, unit = 1;
        for (; bytes[at] >= 128; unit *= 128) value += (bytes[at++] - 128) * unit;
        return value + bytes[at++] * unit;
      };
      const epoch = number();
      const offset = number();
      if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(offset)) return null;
      cursor.#positions.set(tag, [epoch, offset]);
    }

    return cursor;
  }

  /** Sets a channel's position ("epoch-offset"); a channel over the limit is left out and does not resume. */
  set(channel, position) {
    const tag = tagOf(channel);
    if (this.#positions.has(tag) || this.#positions.size < LIMIT_CHANNELS) this.#positions.set(tag, position.split("-").map(Number));
  }

  toString() {
    const bytes = [VERSION];
    for (const [tag, position] of this.#positions) {
      for (let unit = 256 ** 5; unit >= 1; unit /= 256) bytes.push(Math.floor(tag / unit) % 256);
      for (let number of position) {
        for (; number >= 128; number = Math.floor(number / 128)) bytes.push(number % 128 + 128);
        bytes.push(number);
      }
    }

    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }
}

/** FNV-1a (64 bits) of kind/name in UTF-8, folded to 48. */
function tagOf({ kind, id }) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(`${kind}/${id}`)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return Number(BigInt.asUintN(48, hash ^ (hash >> 48n)));
}
