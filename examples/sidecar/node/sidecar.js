// SPDX-License-Identifier: MIT
// Takes deliveries that hookgauge has verified, and does its work once for each.
//
//     HOOK_AUTHORIZATION='Bearer …' node sidecar.js 3000 hooks.jsonl
//
// ../README.md says how the receiver is told of it, and why it is written like this. Node 18 comes
// without a database, so the work here is a line in a journal, which notes the delivery as well:
// both are there or neither. With a database let one transaction do both, as the other examples do.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');

const BODY_MAX = 16 << 20; // bytes: the most that a receiver can be told to take

/** A file of lines; what a crash left of a last one is cut off. */
class Journal {
    constructor(path) {
        this.path = path;
        this.done = new Set();
        const bytes = fs.existsSync(path) ? fs.readFileSync(path) : Buffer.alloc(0);
        this.length = bytes.lastIndexOf('\n') + 1;
        for (const line of bytes.toString('utf8', 0, this.length).split('\n').slice(0, -1)) {
            this.done.add(JSON.parse(line).delivery);
        }
        fs.closeSync(fs.openSync(path, 'a'));
    }

    /** Adds a line, on disk when this returns. Throws, and the journal is as before. */
    add(entry) {
        const line = Buffer.from(JSON.stringify(entry) + '\n');
        const file = fs.openSync(this.path, 'r+');
        try {
            fs.ftruncateSync(file, this.length);
            for (let at = 0; at < line.length;) {
                at += fs.writeSync(file, line, at, line.length - at, this.length + at);
            }
            fs.fsyncSync(file);
        } finally {
            fs.closeSync(file);
        }
        this.length += line.length;
        this.done.add(entry.delivery);
    }
}

/** The status to answer: 200 only when the work is safe. Nothing in it waits, so two deliveries
 *  never mix. */
function take(journal, delivery, event, body) {
    let record;
    try {
        record = JSON.parse(body);
    } catch {
        return 410; // no attempt will do better: dead, for a person to look at
    }
    try {
        if (!journal.done.has(delivery)) {
            journal.add({ delivery, event, record });
        }
    } catch (error) {
        console.error(`delivery ${delivery}: ${error.message}`);
        return 503; // it comes again
    }
    return 200;
}

/** Only the receiver is believed: any program on this machine can connect. */
function isReceiver(given, authorization) {
    const digests = [given, authorization].map((text) =>
        crypto.createHash('sha256').update(text).digest());
    return crypto.timingSafeEqual(...digests);
}

async function answer(request, journal, authorization) {
    if (!isReceiver(request.headers.authorization || '', authorization)) {
        return 401;
    }
    const number = request.headers['x-hookgauge-delivery'];
    const received = request.headers['x-hookgauge-received'];
    if (request.method !== 'POST' || !number || !received) {
        return 400;
    }
    const pieces = [];
    let length = 0;
    for await (const piece of request) {
        pieces.push(piece);
        length += piece.length;
        if (length > BODY_MAX) {
            return 400;
        }
    }
    const delivery = `${number} ${received}`;
    const event = request.headers['x-hookgauge-event'] || '';
    return take(journal, delivery, event, Buffer.concat(pieces).toString());
}

function main(port, path) {
    const authorization = process.env.HOOK_AUTHORIZATION;
    if (!authorization) {
        console.error('HOOK_AUTHORIZATION is not set');
        process.exit(1);
    }
    const journal = new Journal(path);
    const server = http.createServer(async (request, response) => {
        try {
            response.statusCode = await answer(request, journal, authorization);
        } catch {
            response.statusCode = 503; // the connection broke off
        }
        response.end();
    });
    server.listen(Number(port), '127.0.0.1', () => {
        console.log(`ready on http://127.0.0.1:${server.address().port}`);
    });
}

main(...process.argv.slice(2));
