// What is the same in the three servers: POST /pub[?u=user] with the text to send, GET /?u=user to connect.
export const userOf = url => new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('u');

export async function readBody(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}
