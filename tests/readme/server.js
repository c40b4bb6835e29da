// SPDX-License-Identifier: MIT
// A receiver as somebody may have it in whose job the README's example stands: Node's http around
// examples/verify.mjs, which lies beside it then.
import('./verify.mjs').then(({ verify }) => require('node:http').createServer((request, response) => {
    const raw = request.rawHeaders;
    const headers = raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1]]] : []));
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
        const secrets = [process.env.WEBHOOK_SECRET];
        const now = Math.floor(Date.now() / 1000);
        response.statusCode = verify({ headers, body: Buffer.concat(parts), secrets, now }) ? 200 : 401;
        response.end();
    });
}).listen(3000, '127.0.0.1'));
