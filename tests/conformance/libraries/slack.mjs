// SPDX-License-Identifier: MIT
import { createRequire } from "node:module";
import { headers, secret, text } from "./asked.mjs";

// What Bolt's receivers call; the package exports it by path alone.
const { verifySlackRequest } = createRequire(import.meta.url)("@slack/bolt/dist/receivers/verify-request.js");

export function verify(request) {
  verifySlackRequest({
    signingSecret: secret(request), body: text(request),
    headers: headers(request, "x-slack-signature", "x-slack-request-timestamp"),
  });
  return true;
}
