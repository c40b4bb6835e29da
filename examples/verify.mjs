// SPDX-License-Identifier: MIT
// A verify function to put under test, complete for the webinone scheme; replace it by yours:
//
//     hookgauge test "cmd:node harness/adapters/adapter.mjs examples/verify.mjs"
import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE_S = 300;

// The value of a header that comes exactly once.
function single(headers, name) {
  const found = headers.filter(([key]) => key.toLowerCase() === name);
  return found.length === 1 ? found[0][1].replace(/^[ \t]+|[ \t]+$/g, "") : "";
}

export function verify({ headers, body, secrets, now }) {
  const signature = /^sha256=([0-9a-fA-F]{64})$/.exec(single(headers, "x-webhook-signature"));
  const timestamp = single(headers, "x-webhook-timestamp");
  const event = single(headers, "x-webhook-event");
  if (!signature || !/^(0|[1-9][0-9]{0,15})$/.test(timestamp)) return false;
  if (!/^[A-Za-z0-9]+\.[A-Za-z0-9]+$/.test(event) || event.length > 256) return false;
  if (Math.abs(now - Number(timestamp)) > TOLERANCE_S) return false;
  const sent = Buffer.from(signature[1], "hex");
  return secrets.some((secret) => {
    const mac = createHmac("sha256", secret).update(`${timestamp}.${event}.`).update(body);
    return timingSafeEqual(mac.digest(), sent);
  });
}
