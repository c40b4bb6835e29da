// SPDX-License-Identifier: MIT
import { Webhook } from "standardwebhooks";
import { headers, secret } from "./asked.mjs";

export function verify(request) {
  const named = headers(request, "webhook-id", "webhook-timestamp", "webhook-signature");
  new Webhook(secret(request)).verify(request.body, named, { jsonParse: false });
  return true;
}
