// SPDX-License-Identifier: MIT
// A receiver as somebody might have it whose README example is tested: Node's http, node:crypto.
'use strict';
const crypto = require('node:crypto');
const http = require('node:http');

const FORMS = {
    'x-webhook-signature': /^sha256=[0-9a-fA-F]{64}$/,
    'x-webhook-timestamp': /^(0|[1-9][0-9]{0,15})$/,
    'x-webhook-event': /^(?!.{257})[A-Za-z0-9]+\.[A-Za-z0-9]+$/,
};

function verify(request, body) {
    const values = [];
    for (const [name, form] of Object.entries(FORMS)) {
        const found = request.headersDistinct[name] ?? [];
        if (found.length !== 1 || !form.test(found[0])) return 400;
        values.push(found[0]);
    }
    const mac = crypto.createHmac('sha256', process.env.WEBHOOK_SECRET)
        .update(`${values[1]}.${values[2]}.`).update(body).digest();
    const genuine = crypto.timingSafeEqual(mac, Buffer.from(values[0].slice(7), 'hex'));
    return genuine && Math.abs(Date.now() / 1000 - Number(values[1])) <= 300 ? 200 : 401;
}

http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
        response.statusCode = verify(request, Buffer.concat(parts));
        response.end();
    });
}).listen(3000, '127.0.0.1');
