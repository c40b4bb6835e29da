// SPDX-License-Identifier: MIT
import OpenAI from "openai";
import { headers, secret, text } from "./asked.mjs";

export async function verify(request) {
  const named = headers(request, "webhook-id", "webhook-timestamp", "webhook-signature");
  const { webhooks } = new OpenAI({ apiKey: "none" });
  await webhooks.verifySignature(text(request), named, secret(request));
  return true;
}
