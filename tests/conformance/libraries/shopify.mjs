// SPDX-License-Identifier: MIT
import "@shopify/shopify-api/adapters/node";
import { shopifyApi } from "@shopify/shopify-api";
import { headers, secret, text } from "./asked.mjs";

// Headers that it demands and the scheme does not sign.
const BESIDES = { "x-shopify-shop-domain": "hookgauge.example", "x-shopify-api-version": "2025-10" };

export async function verify(request) {
  const named = headers(request, "x-shopify-hmac-sha256", "x-shopify-topic", "x-shopify-webhook-id");
  const { webhooks } = shopifyApi({
    apiKey: "key", apiSecretKey: secret(request), apiVersion: "2025-10", hostName: "hookgauge.example",
    isEmbeddedApp: false, logger: { log: () => {} },
  });
  const rawRequest = { method: request.method, url: request.url, headers: { ...named, ...BESIDES } };
  return (await webhooks.validate({ rawBody: text(request), rawRequest })).valid;
}
