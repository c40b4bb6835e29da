/* SPDX-License-Identifier: MIT
 *
 * The built-in schemes from m to z, in order of name; builtin_a_l.c says how to add one.
 */
#include "core/builtin.h"

/* A row is a paragraph, not a column of members. */
/* clang-format off */
const hg_scheme_spec hgi_rows_m_to_z[] = {
    {.name = "mailomat", .basis = "observed", /* the body is not signed */
     .source = "github.com/symfony/mailomat-mailer Webhook/MailomatRequestParser.php",
     HGI_SHA256_OF("{id}.{event}.{timestamp}"),
     .signature = {"X-MOM-Webhook-Signature", "sha256={sig}", NULL, "hex"},
     .timestamp = {"X-MOM-Webhook-Timestamp", NULL, "unix", HG_NO_TOLERANCE},
     .event = {"X-MOM-Webhook-Event", NULL},
     .id = {"X-MOM-Webhook-Id"}},

    {.name = "mandrill", .basis = "documented",
     .source = "mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{url}{form}",
     .signature = {"X-Mandrill-Signature", "{sig}", NULL, "base64"}},

    {.name = "meta", .basis = "documented", /* signs the body in its \u-escaped form, as sent */
     .source = "developers.facebook.com/docs/graph-api/webhooks/getting-started",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Hub-Signature-256", "sha256={sig}", NULL, "hex"}},

    {.name = "modern-treasury", .basis = "documented",
     .source = "github.com/Modern-Treasury/modern-treasury-node src/resources/webhooks.ts",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Signature", "{sig}", NULL, "hex"}},

    {.name = "mollie", .basis = "documented", /* a header for every active key */
     .source = "github.com/mollie/mollie-api-php src/Webhooks/SignatureValidator.php",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Mollie-Signature", "sha256={sig}", NULL, "hex", .several = "repeated"}},

    {.name = "mux", .basis = "documented",
     .source = "docs.mux.com/guides/verify-webhook-signatures",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"Mux-Signature", "v1={sig}", ",", "hex"},
     .timestamp = {NULL, "t={timestamp}", "unix", 300}},

    {.name = "nextcloud-talk", .basis = "documented",
     .source = "github.com/nextcloud/spreed docs/bots.md",
     HGI_SHA256_OF("{id}{body}"),
     .signature = {"X-Nextcloud-Talk-Signature", "{sig}", NULL, "hex"},
     .id = {"X-Nextcloud-Talk-Random"}},

    {.name = "notion", .basis = "documented", /* the key is the verification_token */
     .source = "developers.notion.com/reference/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Notion-Signature", "sha256={sig}", NULL, "hex"}},

    {.name = "nylas", .basis = "documented", /* over the compressed bytes when they are sent so */
     .source = "developer.nylas.com/docs/v3/notifications",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Nylas-Signature", "{sig}", NULL, "hex"}},

    {.name = "onfido", .basis = "documented",
     .source = "github.com/onfido/onfido-python onfido/webhook_event_verifier.py",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-SHA2-Signature", "{sig}", NULL, "hex"}},

    {.name = "oracle-commerce", .basis = "documented",
     .source = "docs.oracle.com/en/cloud/saas/cx-commerce/ccdev/secure-webhooks.html",
     .algorithm = "hmac-sha512", .key = "utf8", .signed_text = "{body}",
     .signature = {"X-Oracle-CC-WebHook-Signature", "{sig}", NULL, "base64"}},

    {.name = "outpost", .basis = "documented", /* a list behind one prefix: v0=one,two */
     .source = "github.com/hookdeck/outpost examples/demos/nodejs/src/verify-signature.ts",
     HGI_SHA256_OF("{body}"),
     .signature = {"x-outpost-signature", "{sig}", ",", "hex", .prefix = "v0="}},

    {.name = "paddle", .basis = "documented", /* 5 s are the window of its SDKs */
     .source = "developer.paddle.com/webhooks/about/signature-verification",
     HGI_SHA256_OF("{timestamp}:{body}"),
     .signature = {"Paddle-Signature", "h1={sig}", ";", "hex"},
     .timestamp = {NULL, "ts={timestamp}", "unix", 5}},

    {.name = "pagerduty", .basis = "documented",
     .source = "developer.pagerduty.com/docs/verifying-webhook-signatures",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-PagerDuty-Signature", "v1={sig}", ",", "hex"}},

    {.name = "paystack", .basis = "documented",
     .source = "paystack.com/docs/payments/webhooks",
     .algorithm = "hmac-sha512", .key = "utf8", .signed_text = "{body}",
     .signature = {"x-paystack-signature", "{sig}", NULL, "hex"}},

    {.name = "plivo-v2", .basis = "documented", /* the URL without its query; not the body */
     .source = "github.com/plivo/plivo-python plivo/utils/__init__.py",
     HGI_SHA256_OF("https://{host}{path}{id}"),
     .signature = {"X-Plivo-Signature-V2", "{sig}", NULL, "base64"},
     .id = {"X-Plivo-Signature-V2-Nonce"}},

    {.name = "polar", .basis = "observed", /* Standard Webhooks, but the secret's text is the key */
     .source = "github.com/Hookflo/tern src/platforms/algorithms.ts",
     HGI_SHA256_OF("{id}.{timestamp}.{body}"),
     .signature = {"webhook-signature", "v1,{sig}", " ", "base64"},
     .timestamp = {"webhook-timestamp", NULL, "unix", 300},
     .id = {"webhook-id"}},

    {.name = "pusher", .basis = "documented", /* X-Pusher-Key says which secret */
     .source = "pusher.com/docs/channels/server_api/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Pusher-Signature", "{sig}", NULL, "hex"}},

    {.name = "razorpay", .basis = "documented",
     .source = "razorpay.com/docs/webhooks/validate-test",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Razorpay-Signature", "{sig}", NULL, "hex"}},

    {.name = "ripple", .basis = "documented", /* Collections */
     .source = "docs.ripple.com/products/collections/guides/verifying-webhooks",
     .algorithm = "hmac-sha256", .key = "base64",
     .signed_text = "{timestamp}.{body:sha256:hex}",
     .signature = {"X-Webhook-Signature", "v1={sig}", ",", "hex"},
     .timestamp = {"X-Webhook-Timestamp", NULL, "unix-ms", 300}},

    {.name = "sanity", .basis = "documented",
     .source = "github.com/sanity-io/webhook-toolkit src/signature.ts",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"sanity-webhook-signature", "v1={sig}", ",", "base64url"},
     .timestamp = {NULL, "t={timestamp}", "unix-ms", HG_NO_TOLERANCE}},

    {.name = "sentry", .basis = "documented", /* Sentry-Hook-Timestamp is not signed: left out */
     .source = "docs.sentry.io/organization/integrations/integration-platform/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"Sentry-Hook-Signature", "{sig}", NULL, "hex"},
     .event = {"Sentry-Hook-Resource", NULL}},

    {.name = "shopify", .basis = "documented",
     .source = "shopify.dev/docs/apps/build/webhooks/subscribe/https",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Shopify-Hmac-Sha256", "{sig}", NULL, "base64"},
     .event = {"X-Shopify-Topic", NULL},
     .id = {"X-Shopify-Webhook-Id"}},

    {.name = "sinch", .basis = "documented", /* SMS and Conversation */
     .source = "github.com/sinch/sinch-sdk-node packages/sdk-client/src/utils/"
               "authorization.helper.ts",
     HGI_SHA256_OF("{body}.{id}.{timestamp}"),
     .signature = {"x-sinch-webhook-signature", "{sig}", NULL, "base64"},
     .timestamp = {"x-sinch-webhook-signature-timestamp", NULL, "unix", HG_NO_TOLERANCE},
     .id = {"x-sinch-webhook-signature-nonce"}},

    {.name = "slack", .basis = "documented",
     .source = "docs.slack.dev/authentication/verifying-requests-from-slack",
     HGI_SHA256_OF("v0:{timestamp}:{body}"),
     .signature = {"X-Slack-Signature", "v0={sig}", NULL, "hex"},
     .timestamp = {"X-Slack-Request-Timestamp", NULL, "unix", 300}},

    {.name = "square", .basis = "documented",
     .source = "developer.squareup.com/docs/webhooks/step3validate",
     HGI_SHA256_OF("{url}{body}"),
     .signature = {"x-square-hmacsha256-signature", "{sig}", NULL, "base64"}},

    {.name = "standard-webhooks", .basis = "documented",
     .source = "github.com/standard-webhooks/standard-webhooks spec/standard-webhooks.md",
     .algorithm = "hmac-sha256", .key = "whsec", .signed_text = "{id}.{timestamp}.{body}",
     .signature = {"webhook-signature", "v1,{sig}", " ", "base64"},
     .timestamp = {"webhook-timestamp", NULL, "unix", 300},
     .id = {"webhook-id"}},

    {.name = "standard-webhooks-ed25519", .basis = "documented",
     .source = "github.com/standard-webhooks/standard-webhooks spec/standard-webhooks.md",
     .algorithm = "ed25519", .key = "whpk", .signed_text = "{id}.{timestamp}.{body}",
     .signature = {"webhook-signature", "v1a,{sig}", " ", "base64"},
     .timestamp = {"webhook-timestamp", NULL, "unix", 300},
     .id = {"webhook-id"}},

    {.name = "storyblok", .basis = "documented",
     .source = "storyblok.com/tp/webhook-secret-with-different-technologies",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{body}",
     .signature = {"webhook-signature", "{sig}", NULL, "hex"}},

    {.name = "stripe", .basis = "documented", /* the whsec_ in front belongs to the key */
     .source = "docs.stripe.com/webhooks#verify-manually",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"Stripe-Signature", "v1={sig}", ",", "hex"},
     .timestamp = {NULL, "t={timestamp}", "unix", 300}},

    {.name = "svix", .basis = "documented",
     .source = "docs.svix.com/receiving/verifying-payloads/how-manual",
     .algorithm = "hmac-sha256", .key = "whsec", .signed_text = "{id}.{timestamp}.{body}",
     .signature = {"svix-signature", "v1,{sig}", " ", "base64"},
     .timestamp = {"svix-timestamp", NULL, "unix", 300},
     .id = {"svix-id"}},

    {.name = "tailscale", .basis = "documented",
     .source = "tailscale.com/docs/features/webhooks",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"Tailscale-Webhook-Signature", "v1={sig}", ",", "hex"},
     .timestamp = {NULL, "t={timestamp}", "unix", 300}},

    {.name = "tally", .basis = "documented",
     .source = "tally.so/help/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"Tally-Signature", "{sig}", NULL, "base64"}},

    {.name = "telnyx", .basis = "documented", /* the key is the account's public key */
     .source = "github.com/team-telnyx/telnyx-python src/telnyx/lib/webhook_verification.py",
     .algorithm = "ed25519", .key = "base64", .signed_text = "{timestamp}|{body}",
     .signature = {"telnyx-signature-ed25519", "{sig}", NULL, "base64"},
     .timestamp = {"telnyx-timestamp", NULL, "unix", 300}},

    {.name = "terraform", .basis = "observed",
     .source = "developer.hashicorp.com/terraform/cloud-docs/workspaces/settings/notifications",
     .algorithm = "hmac-sha512", .key = "utf8", .signed_text = "{body}",
     .signature = {"X-TFE-Notification-Signature", "{sig}", NULL, "hex"}},

    {.name = "trello", .basis = "documented", /* the URL as it was registered */
     .source = "developer.atlassian.com/cloud/trello/guides/rest-api/webhooks",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{body}{url}",
     .signature = {"X-Trello-Webhook", "{sig}", NULL, "base64"}},

    {.name = "twilio", .basis = "documented", /* form bodies; for JSON bodies see twilio-json */
     .source = "www.twilio.com/docs/usage/security",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{url}{form}",
     .signature = {"X-Twilio-Signature", "{sig}", NULL, "base64"}},

    {.name = "twitch", .basis = "documented",
     .source = "dev.twitch.tv/docs/eventsub/handling-webhook-events",
     HGI_SHA256_OF("{id}{timestamp}{body}"),
     .signature = {"Twitch-Eventsub-Message-Signature", "sha256={sig}", NULL, "hex"},
     .timestamp = {"Twitch-Eventsub-Message-Timestamp", NULL, "rfc3339", 600},
     .event = {"Twitch-Eventsub-Subscription-Type", NULL},
     .id = {"Twitch-Eventsub-Message-Id"}},

    {.name = "typeform", .basis = "documented",
     .source = "www.typeform.com/developers/webhooks/secure-your-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"Typeform-Signature", "sha256={sig}", NULL, "base64"}},

    {.name = "vercel", .basis = "documented",
     .source = "vercel.com/docs/webhooks/webhooks-api",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{body}",
     .signature = {"x-vercel-signature", "{sig}", NULL, "hex"}},

    {.name = "viber", .basis = "documented",
     .source = "github.com/Viber/viber-bot-python viberbot/api/api.py",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Viber-Content-Signature", "{sig}", NULL, "hex"}},

    {.name = "webflow", .basis = "documented",
     .source = "developers.webflow.com/data/docs/working-with-webhooks",
     HGI_SHA256_OF("{timestamp}:{body}"),
     .signature = {"x-webflow-signature", "{sig}", NULL, "hex"},
     .timestamp = {"x-webflow-timestamp", NULL, "unix-ms", 300}},

    {.name = "webinone",
     .basis = "assumed", /* the vendor has not published its wire format; this is our reading */
     .source = "docs.webinone.com/webhooks/getting-started: HMAC-SHA256 over time, event, body",
     HGI_SHA256_OF("{timestamp}.{event}.{body}"),
     .signature = {"X-Webhook-Signature", "sha256={sig}", NULL, "hex"},
     .timestamp = {"X-Webhook-Timestamp", NULL, "unix", 300},
     .event = {"X-Webhook-Event", "type.action"}},

    {.name = "woocommerce", .basis = "documented",
     .source = "developer.woocommerce.com/docs/apis/rest-api/v3/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-WC-Webhook-Signature", "{sig}", NULL, "base64"},
     .event = {"X-WC-Webhook-Topic", NULL}},

    {.name = "workos", .basis = "documented",
     .source = "workos.com/docs/events/data-syncing/webhooks",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"WorkOS-Signature", "v1={sig}", ",", "hex"},
     .timestamp = {NULL, "t={timestamp}", "unix-ms", 180}},

    {.name = "x-twitter", .basis = "documented",
     .source = "docs.x.com/x-api/webhooks/introduction",
     HGI_SHA256_OF("{body}"),
     .signature = {"x-twitter-webhooks-signature", "sha256={sig}", NULL, "base64"}},

    {.name = "xero", .basis = "documented",
     .source = "developer.xero.com/documentation/guides/webhooks/overview",
     HGI_SHA256_OF("{body}"),
     .signature = {"x-xero-signature", "{sig}", NULL, "base64"}},

    {.name = "zendesk", .basis = "documented", /* the secret looks like base64 and is not decoded */
     .source = "developer.zendesk.com/documentation/webhooks/verifying",
     HGI_SHA256_OF("{timestamp}{body}"),
     .signature = {"X-Zendesk-Webhook-Signature", "{sig}", NULL, "base64"},
     .timestamp = {"X-Zendesk-Webhook-Signature-Timestamp", NULL, "rfc3339", HG_NO_TOLERANCE}},

    {.name = "zoom", .basis = "documented",
     .source = "developers.zoom.us/docs/api/webhooks",
     HGI_SHA256_OF("v0:{timestamp}:{body}"),
     .signature = {"x-zm-signature", "v0={sig}", NULL, "hex"},
     .timestamp = {"x-zm-request-timestamp", NULL, "unix", HG_NO_TOLERANCE}},
};
/* clang-format on */

const size_t hgi_rows_m_to_z_count = sizeof hgi_rows_m_to_z / sizeof hgi_rows_m_to_z[0];
