// SPDX-License-Identifier: MIT
// A peer for the bench: a Node http server that verifies a delivery as the receiver does, with
// crypto, and stores nothing. Listens on a free port of 127.0.0.1 and says so on standard error.
'use strict';
const crypto = require('node:crypto');
const http = require('node:http');

const WINDOW_S = 300;
const secret = process.env.SECRET;

function genuine(request, body) {
  const { 'x-webhook-timestamp': time, 'x-webhook-event': event, 'x-webhook-signature': signature } = request.headers;
  if (!/^[0-9]{1,15}$/.test(time) || !event || !/^sha256=[0-9a-f]{64}$/.test(signature)) return false;
  const mac = crypto.createHmac('sha256', secret).update(`${time}.${event}.`).update(body).digest();
  return crypto.timingSafeEqual(mac, Buffer.from(signature.slice(7), 'hex')) &&
    Math.abs(Math.floor(Date.now() / 1000) - Number(time)) <= WINDOW_S;
}

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    response.statusCode = genuine(request, Buffer.concat(parts)) ? 200 : 401;
    response.end('ok\n');
  });
});
server.listen(0, '127.0.0.1', () => console.error(`listening on http://127.0.0.1:${server.address().port}`));
