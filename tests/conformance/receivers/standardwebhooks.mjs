// SPDX-License-Identifier: MIT
// The official library behind Node's http server: the whole body first, then one call.
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.SECRET);
createServer(async (request, response) => {
  try {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    webhook.verify(Buffer.concat(pieces), request.headers, { jsonParse: false });
    response.writeHead(204).end();
  } catch {
    response.writeHead(400).end();
  }
}).listen(process.argv[2], "127.0.0.1");
