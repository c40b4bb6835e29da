#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// A right receiver of webinone webhooks in JavaScript: Node's own modules.
//
//     WEBHOOK_SECRET=... node receiver.mjs PORT FOLDER      prints its URL when it listens
//
// Node's parser refuses most of what is badly framed; wellFramed() refuses the rest.
import { createHmac, timingSafeEqual } from "node:crypto";
import { link, open, unlink } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";

const PATH = "/api/webhook";
const TOLERANCE_S = 300;
const HEADERS_MAX = 256;
const BODY_MAX = 4 << 20;
const EVENT_MAX = 256;

const [port, folder] = [Number(process.argv[2]), process.argv[3]];
const secret = process.env.WEBHOOK_SECRET;
if (!secret) {
  throw new Error("WEBHOOK_SECRET is empty");
}
let drafts = 0;

// All values of a header, in any case of its name. request.headers would join or drop some.
function values(request, name) {
  const raw = request.rawHeaders;
  return raw.filter((_, at) => at % 2 === 1 && raw[at - 1].toLowerCase() === name);
}

// Which of two headers counts is open, so neither does.
function only(request, name) {
  const all = values(request, name);
  return all.length === 1 ? all[0] : "";
}

function wellFramed(request) {
  const codings = values(request, "transfer-encoding");
  const chunked = codings.length === 1 && codings[0].toLowerCase() === "chunked";
  return ["1.0", "1.1"].includes(request.httpVersion) && values(request, "host").length === 1 &&
    request.rawHeaders.length <= 2 * HEADERS_MAX &&
    (codings.length === 0 || (chunked && request.httpVersion === "1.1"));
}

// The HTTP status, and the MAC in hex, which names the delivery. The form of the headers comes
// first, then the MAC, and only what it covers is believed: the time last.
function verify(request, body, now) {
  const signature = /^sha256=([0-9a-fA-F]{64})$/.exec(only(request, "x-webhook-signature"));
  const stated = /^(0|[1-9][0-9]{0,15})$/.exec(only(request, "x-webhook-timestamp"));
  const event = /^[A-Za-z0-9]+\.[A-Za-z0-9]+$/.exec(only(request, "x-webhook-event"));
  if (!signature || !stated || !event || event[0].length > EVENT_MAX) {
    return { status: 400 };
  }
  const signed = Buffer.concat([Buffer.from(`${stated[0]}.${event[0]}.`), body]);
  const mac = createHmac("sha256", secret).update(signed).digest();
  if (!timingSafeEqual(mac, Buffer.from(signature[1], "hex"))) {
    return { status: 401 };
  }
  if (Math.abs(now - Number(stated[0])) > TOLERANCE_S) {
    return { status: 401 };
  }
  return { status: 200, mac: mac.toString("hex") };
}

// On disk under its MAC before the answer. A name can be linked once, so a repetition, also one at
// the same moment or after a restart, is kept once; it is answered 200 like the first.
async function keep(mac, request, body) {
  const draft = join(folder, `.${mac}.${process.pid}.${drafts++}`);
  const file = await open(draft, "wx");
  const raw = request.rawHeaders;
  const head = raw.map((text, at) => text + (at % 2 === 0 ? ": " : "\r\n")).join("");
  await file.writeFile(Buffer.concat([Buffer.from(`${head}\r\n`, "latin1"), body]));
  await file.sync();
  await file.close();
  await link(draft, join(folder, mac)).catch((error) => {
    if (error.code !== "EEXIST") {
      throw error;
    }
  });
  await unlink(draft);
  const directory = await open(folder);
  await directory.sync();
  await directory.close();
}

async function judge(request, body) {
  const target = request.url.replace(/^http:\/\/[^/]*/, "");
  if (target.split("?")[0] !== PATH || target.includes("#")) {
    return 404;
  }
  if (request.method !== "POST") {
    return 405;
  }
  const { status, mac } = verify(request, body, Math.floor(Date.now() / 1000));
  if (status === 200) {
    await keep(mac, request, body);
  }
  return status;
}

// An answer has no body: it tells nobody what was wrong.
function answer(response, status, last = false) {
  response.writeHead(status, { "Content-Length": 0, ...(last ? { Connection: "close" } : {}) });
  response.end();
}

const server = createServer({ requireHostHeader: true }, (request, response) => {
  if (!wellFramed(request)) {
    answer(response, 400, true);
    return;
  }
  const pieces = [];
  let size = 0;
  request.on("data", (piece) => {
    size += piece.length;
    if (size <= BODY_MAX) {
      pieces.push(piece);
    } else if (!response.headersSent) {
      answer(response, 413, true);
    }
  });
  request.on("end", () => { // not when the message was cut off
    if (size <= BODY_MAX) {
      judge(request, Buffer.concat(pieces)).then((status) => answer(response, status),
        () => answer(response, 503));
    }
  });
  request.on("error", () => {}); // cut off: nobody is there to be answered
});
server.listen(port, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}${PATH}`);
});
