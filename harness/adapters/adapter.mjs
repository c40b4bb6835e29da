// SPDX-License-Identifier: MIT
// Puts a verify function in JavaScript under test, with Node:
//
//     hookgauge test "cmd:node harness/adapters/adapter.mjs examples/verify.mjs"
//
// The file exports verify(request): true or false, or a promise of it; an exception refuses too. A
// request has scheme, secrets (texts, without those that expired), now (Unix seconds; Date says the
// same), method, url, headers (pairs, each byte a letter as in Node's http), body (a Buffer), and
// header(name), the one value. throw new request.Skip("why") for what it can't be asked.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

class Skip extends Error {}
const bytes = (value) => Buffer.from(value.base64 ?? value, value.base64 ? "base64" : "utf8");

function read({ id, scheme, secret, secrets = [{ secret }], now, request }) {
  const { method, url, headers, body = "", body_base64, body_repeat } = request;
  const text = body_repeat?.text.repeat(body_repeat.count) ?? body;
  return {
    id, scheme, now, method, url, Skip,
    secrets: secrets.filter((each) => now <= (each.not_after ?? now)).map((each) => each.secret),
    headers: headers.map(([name, value]) => [name, bytes(value).toString("latin1")]),
    body: body_base64 === undefined ? Buffer.from(text) : Buffer.from(body_base64, "base64"),
    // The value without blanks around it, as a server would give it.
    header(name) {
      const found = this.headers.filter(([key]) => key.toLowerCase() === name.toLowerCase());
      if (found.length > 1) throw new Skip("takes one value a header");
      return found[0]?.[1].replace(/^[ \t]+|[ \t]+$/g, "");
    },
  };
}

async function* lines() {
  let rest = "";
  for await (const piece of process.stdin.setEncoding("utf8")) {
    const whole = (rest + piece).split("\n"); // at nothing else that readline takes for an end
    rest = whole.pop();
    yield* whole;
  }
}

let now = 0;
globalThis.Date = class extends Date {
  static now = () => now;
  constructor(...given) { super(...(given.length > 0 ? given : [now])); }
};
const { verify } = await import(pathToFileURL(resolve(process.argv[2])));
if (!verify) throw new Error("the file exports no verify");
for await (const line of lines()) {
  const request = read(JSON.parse(line));
  now = request.now * 1000;
  const answer = { id: request.id };
  try {
    answer.accept = await verify(request);
  } catch (error) {
    Object.assign(answer, error instanceof Skip ? { skip: error.message } : { accept: false });
  }
  console.log(JSON.stringify(answer));
}
