// SPDX-License-Identifier: MIT
import { validateWebhook } from "replicate";
import { headers, secret } from "./asked.mjs";

export function verify(request) {
  const named = headers(request, "webhook-id", "webhook-timestamp", "webhook-signature");
  return validateWebhook({
    id: named["webhook-id"], timestamp: named["webhook-timestamp"], signature: named["webhook-signature"],
    body: request.body, secret: secret(request),
  });
}
