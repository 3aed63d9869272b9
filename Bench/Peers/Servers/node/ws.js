// ws as its documentation shows a broadcast: one message, each client that is open.
import { createServer } from 'node:http';
import { WebSocketServer, WebSocket } from 'ws';
import { readBody, userOf } from './publish.js';

const users = new Map();
const server = createServer(async (request, response) => {
  const body = await readBody(request);
  const user = userOf(request.url);
  if (user) users.get(user)?.send(body, { binary: false });
  else for (const client of sockets.clients) if (client.readyState === WebSocket.OPEN) client.send(body, { binary: false });
  response.writeHead(202).end();
});
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket, request) => {
  const user = userOf(request.url);
  users.set(user, socket);
  socket.on('error', () => {});
  socket.on('close', () => users.delete(user));
  socket.send('ready');
});
server.listen(Number(process.argv[2]), '127.0.0.1');
