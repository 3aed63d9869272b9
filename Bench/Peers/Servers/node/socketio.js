// socket.io as its documentation shows: each user a room, io.emit for all.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { readBody, userOf } from './publish.js';

const server = createServer(async (request, response) => {
  if (!request.url.startsWith('/pub')) return;
  const text = JSON.parse(await readBody(request));
  const user = userOf(request.url);
  (user ? io.to(user) : io).emit('message', text);
  response.writeHead(202).end();
});
const io = new Server(server);
io.on('connection', socket => socket.join(socket.handshake.query.u));
server.listen(Number(process.argv[2]), '127.0.0.1');
