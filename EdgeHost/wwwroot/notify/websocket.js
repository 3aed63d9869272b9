/** Fills a link from a WebSocket. explain: asks why a handshake was refused. */
export function openWebSocket(link, explain) {
  const address = new URL(link.address);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  let isOpen = false;
  socket.binaryType = "arraybuffer";
  link.shut = () => socket.close();
  socket.onopen = () => {
    isOpen = true;
    link.send = frame => socket.send(JSON.stringify(frame));
  };
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") {
      link.take(data);
      return;
    }

    const length = new DataView(data).getUint16(0); // of the JSON header; the payload follows
    link.take(new TextDecoder().decode(new Uint8Array(data, 2, length)), new Uint8Array(data, 2 + length));
  };
  socket.onclose = async ({ code, reason }) => {
    // Why a handshake was refused the browser keeps to itself; the other endpoint checks the same and says so.
    const refused = isOpen || link.isOver ? null : await explain();
    if (refused) link.end(refused.code, refused.reason, refused.rule, refused.afterMs);
    else link.end(code, reason || (isOpen ? "the connection broke" : "the server cannot be reached"));
  };
}
