// SPDX-License-Identifier: MIT
import Stripe from "stripe";
import { headers, secret } from "./asked.mjs";

// verifyHeader is constructEvent without the parsing of the body behind it.
export function verify(request) {
  const { "stripe-signature": signature } = headers(request, "stripe-signature");
  const { DEFAULT_TOLERANCE, signature: signatures } = Stripe.webhooks;
  return signatures.verifyHeader(request.body, signature, secret(request), DEFAULT_TOLERANCE);
}
