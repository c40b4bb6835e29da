// SPDX-License-Identifier: MIT
import { Webhook } from "svix";
import { headers, secret } from "./asked.mjs";

// It parses a body that it accepts, and throws on one that is not JSON: not its verdict.
export function verify(request) {
  const named = headers(request, "webhook-id", "webhook-timestamp", "webhook-signature",
    "svix-id", "svix-timestamp", "svix-signature");
  try {
    new Webhook(secret(request)).verify(request.body, named);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return true;
}
