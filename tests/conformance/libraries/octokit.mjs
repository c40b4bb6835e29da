// SPDX-License-Identifier: MIT
import { verify as verifySignature } from "@octokit/webhooks-methods";
import { headers, leaves, secret, text } from "./asked.mjs";

export function verify(request) {
  leaves(request, "x-github-event", "x-github-delivery");
  const { "x-hub-signature-256": signature } = headers(request, "x-hub-signature-256");
  return verifySignature(secret(request), text(request), signature);
}
