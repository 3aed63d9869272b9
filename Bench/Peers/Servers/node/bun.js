// Bun as its documentation shows: topics for all and for each user, published natively.
import { userOf } from './publish.js';

const server = Bun.serve({
  port: Number(process.argv[2]),
  hostname: '127.0.0.1',
  async fetch(request, server) {
    const user = userOf(new URL(request.url).search);
    if (request.method === 'POST') {
      server.publish(user ? `user:${user}` : 'all', await request.text());
      return new Response(null, { status: 202 });
    }

    return server.upgrade(request, { data: { user } }) ? undefined : new Response('a WebSocket is wanted', { status: 400 });
  },
  websocket: {
    open(socket) {
      socket.subscribe('all');
      socket.subscribe(`user:${socket.data.user}`);
      socket.send('ready');
    },
    message() {},
  },
});
