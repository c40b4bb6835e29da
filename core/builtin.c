/* SPDX-License-Identifier: MIT
 *
 * The built-in schemes, one row each, in order of name.
 */
#include "hookgauge.h"

static const hg_scheme_spec rows[] = {
    {
        .name = "github",
        .basis = "documented",
        .source = "docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries",
        .algorithm = "hmac-sha256",
        .key = "utf8",
        .signed_text = "{body}",
        .signature = {"X-Hub-Signature-256", "sha256={sig}", NULL, "hex"},
        .event = {"X-GitHub-Event", NULL},
        .id = {"X-GitHub-Delivery"},
    },
    {
        .name = "shopify",
        .basis = "documented",
        .source = "shopify.dev/docs/apps/build/webhooks/subscribe/https",
        .algorithm = "hmac-sha256",
        .key = "utf8",
        .signed_text = "{body}",
        .signature = {"X-Shopify-Hmac-Sha256", "{sig}", NULL, "base64"},
        .event = {"X-Shopify-Topic", NULL},
        .id = {"X-Shopify-Webhook-Id"},
    },
    {
        .name = "slack",
        .basis = "documented",
        .source = "docs.slack.dev/authentication/verifying-requests-from-slack",
        .algorithm = "hmac-sha256",
        .key = "utf8",
        .signed_text = "v0:{timestamp}:{body}",
        .signature = {"X-Slack-Signature", "v0={sig}", NULL, "hex"},
        .timestamp = {"X-Slack-Request-Timestamp", NULL, "unix", 300},
    },
    {
        .name = "standard-webhooks",
        .basis = "documented",
        .source = "github.com/standard-webhooks/standard-webhooks spec/standard-webhooks.md",
        .algorithm = "hmac-sha256",
        .key = "whsec",
        .signed_text = "{id}.{timestamp}.{body}",
        .signature = {"webhook-signature", "v1,{sig}", " ", "base64"},
        .timestamp = {"webhook-timestamp", NULL, "unix", 300},
        .id = {"webhook-id"},
    },
    {
        .name = "stripe",
        .basis = "documented",
        .source = "docs.stripe.com/webhooks#verify-manually",
        .algorithm = "hmac-sha256",
        .key = "utf8", /* the whsec_ in front belongs to the key */
        .signed_text = "{timestamp}.{body}",
        .signature = {"Stripe-Signature", "v1={sig}", ",", "hex"},
        .timestamp = {NULL, "t={timestamp}", "unix", 300},
    },
    {
        .name = "webinone",
        .basis = "assumed", /* the vendor has not published its wire format; this is our reading */
        .source = "docs.webinone.com/webhooks/getting-started: HMAC-SHA256 over time, event, body",
        .algorithm = "hmac-sha256",
        .key = "utf8",
        .signed_text = "{timestamp}.{event}.{body}",
        .signature = {"X-Webhook-Signature", "sha256={sig}", NULL, "hex"},
        .timestamp = {"X-Webhook-Timestamp", NULL, "unix", 300},
        .event = {"X-Webhook-Event", "type.action"},
    },
};

const hg_scheme_spec *hg_scheme_builtin(size_t index)
{
    return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}
