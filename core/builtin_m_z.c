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
     .signature = {.header = "X-MOM-Webhook-Signature", .item = "sha256={sig}", .encoding = "hex"},
     .timestamp = {.header = "X-MOM-Webhook-Timestamp", .format = "unix",
                   .tolerance_s = HG_NO_TOLERANCE},
     .event = {.header = "X-MOM-Webhook-Event"},
     .id = {.header = "X-MOM-Webhook-Id"}},

    {.name = "mandrill", .basis = "documented",
     .source = "mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{url}{form}",
     .signature = {.header = "X-Mandrill-Signature", .item = "{sig}", .encoding = "base64"}},

    {.name = "meta", .basis = "documented", /* signs the body in its \u-escaped form, as sent */
     .source = "developers.facebook.com/docs/graph-api/webhooks/getting-started",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Hub-Signature-256", .item = "sha256={sig}", .encoding = "hex"}},

    {.name = "modern-treasury", .basis = "documented",
     .source = "github.com/Modern-Treasury/modern-treasury-node src/resources/webhooks.ts",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "mollie", .basis = "documented", /* a header for every active key */
     .source = "github.com/mollie/mollie-api-php src/Webhooks/SignatureValidator.php",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Mollie-Signature", .item = "sha256={sig}", .encoding = "hex",
                   .several = "repeated"}},

    {.name = "mux", .basis = "documented",
     .source = "docs.mux.com/guides/verify-webhook-signatures",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "Mux-Signature", .item = "v1={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.item = "t={timestamp}", .format = "unix", .tolerance_s = 300}},

    {.name = "nextcloud-talk", .basis = "documented",
     .source = "github.com/nextcloud/spreed docs/bots.md",
     HGI_SHA256_OF("{id}{body}"),
     .signature = {.header = "X-Nextcloud-Talk-Signature", .item = "{sig}", .encoding = "hex"},
     .id = {.header = "X-Nextcloud-Talk-Random"}},

    {.name = "notion", .basis = "documented", /* the key is the verification_token */
     .source = "developers.notion.com/reference/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Notion-Signature", .item = "sha256={sig}", .encoding = "hex"}},

    {.name = "nylas", .basis = "documented", /* over the compressed bytes when they are sent so */
     .source = "developer.nylas.com/docs/v3/notifications",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Nylas-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "onfido", .basis = "documented",
     .source = "github.com/onfido/onfido-python onfido/webhook_event_verifier.py",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-SHA2-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "oracle-commerce", .basis = "documented",
     .source = "docs.oracle.com/en/cloud/saas/cx-commerce/ccdev/secure-webhooks.html",
     .algorithm = "hmac-sha512", .key = "utf8", .signed_text = "{body}",
     .signature = {.header = "X-Oracle-CC-WebHook-Signature", .item = "{sig}",
                   .encoding = "base64"}},

    {.name = "outpost", .basis = "documented", /* a list behind one prefix: v0=one,two */
     .source = "github.com/hookdeck/outpost examples/demos/nodejs/src/verify-signature.ts",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "x-outpost-signature", .prefix = "v0=", .item = "{sig}",
                   .separator = ",", .encoding = "hex"}},

    {.name = "paddle", .basis = "documented", /* 5 s are the window of its SDKs */
     .source = "developer.paddle.com/webhooks/about/signature-verification",
     HGI_SHA256_OF("{timestamp}:{body}"),
     .signature = {.header = "Paddle-Signature", .item = "h1={sig}", .separator = ";",
                   .encoding = "hex"},
     .timestamp = {.item = "ts={timestamp}", .format = "unix", .tolerance_s = 5}},

    {.name = "pagerduty", .basis = "documented",
     .source = "developer.pagerduty.com/docs/verifying-webhook-signatures",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-PagerDuty-Signature", .item = "v1={sig}", .separator = ",",
                   .encoding = "hex"}},

    {.name = "paystack", .basis = "documented",
     .source = "paystack.com/docs/payments/webhooks",
     .algorithm = "hmac-sha512", .key = "utf8", .signed_text = "{body}",
     .signature = {.header = "x-paystack-signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "plivo-v2", .basis = "documented", /* the URL without its query; not the body */
     .source = "github.com/plivo/plivo-python plivo/utils/__init__.py",
     HGI_SHA256_OF("https://{host}{path}{id}"),
     .signature = {.header = "X-Plivo-Signature-V2", .item = "{sig}", .encoding = "base64"},
     .id = {.header = "X-Plivo-Signature-V2-Nonce"}},

    {.name = "polar", .basis = "observed", /* Standard Webhooks, but the secret's text is the key */
     .source = "github.com/Hookflo/tern src/platforms/algorithms.ts",
     HGI_SHA256_OF("{id}.{timestamp}.{body}"),
     .signature = {.header = "webhook-signature", .item = "v1,{sig}", .separator = " ",
                   .encoding = "base64"},
     .timestamp = {.header = "webhook-timestamp", .format = "unix", .tolerance_s = 300},
     .id = {.header = "webhook-id"}},

    {.name = "pusher", .basis = "documented", /* X-Pusher-Key says which secret */
     .source = "pusher.com/docs/channels/server_api/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Pusher-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "razorpay", .basis = "documented",
     .source = "razorpay.com/docs/webhooks/validate-test",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Razorpay-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "ripple", .basis = "documented", /* Collections */
     .source = "docs.ripple.com/products/collections/guides/verifying-webhooks",
     .algorithm = "hmac-sha256", .key = "base64",
     .signed_text = "{timestamp}.{body:sha256:hex}",
     .signature = {.header = "X-Webhook-Signature", .item = "v1={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.header = "X-Webhook-Timestamp", .format = "unix-ms", .tolerance_s = 300}},

    {.name = "sanity", .basis = "documented",
     .source = "github.com/sanity-io/webhook-toolkit src/signature.ts",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "sanity-webhook-signature", .item = "v1={sig}", .separator = ",",
                   .encoding = "base64url"},
     .timestamp = {.item = "t={timestamp}", .format = "unix-ms", .tolerance_s = HG_NO_TOLERANCE}},

    {.name = "sentry", .basis = "documented", /* Sentry-Hook-Timestamp is not signed: left out */
     .source = "docs.sentry.io/organization/integrations/integration-platform/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "Sentry-Hook-Signature", .item = "{sig}", .encoding = "hex"},
     .event = {.header = "Sentry-Hook-Resource"}},

    {.name = "shopify", .basis = "documented",
     .source = "shopify.dev/docs/apps/build/webhooks/subscribe/https",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Shopify-Hmac-Sha256", .item = "{sig}", .encoding = "base64"},
     .event = {.header = "X-Shopify-Topic"},
     .id = {.header = "X-Shopify-Webhook-Id"}},

    {.name = "sinch", .basis = "documented", /* SMS and Conversation */
     .source = "github.com/sinch/sinch-sdk-node packages/sdk-client/src/utils/"
               "authorization.helper.ts",
     HGI_SHA256_OF("{body}.{id}.{timestamp}"),
     .signature = {.header = "x-sinch-webhook-signature", .item = "{sig}", .encoding = "base64"},
     .timestamp = {.header = "x-sinch-webhook-signature-timestamp", .format = "unix",
                   .tolerance_s = HG_NO_TOLERANCE},
     .id = {.header = "x-sinch-webhook-signature-nonce"}},

    {.name = "slack", .basis = "documented",
     .source = "docs.slack.dev/authentication/verifying-requests-from-slack",
     HGI_SHA256_OF("v0:{timestamp}:{body}"),
     .signature = {.header = "X-Slack-Signature", .item = "v0={sig}", .encoding = "hex"},
     .timestamp = {.header = "X-Slack-Request-Timestamp", .format = "unix", .tolerance_s = 300}},

    {.name = "square", .basis = "documented",
     .source = "developer.squareup.com/docs/webhooks/step3validate",
     HGI_SHA256_OF("{url}{body}"),
     .signature = {.header = "x-square-hmacsha256-signature", .item = "{sig}",
                   .encoding = "base64"}},

    {.name = "standard-webhooks", .basis = "documented",
     .source = "github.com/standard-webhooks/standard-webhooks spec/standard-webhooks.md",
     .algorithm = "hmac-sha256", .key = "whsec", .signed_text = "{id}.{timestamp}.{body}",
     .signature = {.header = "webhook-signature", .item = "v1,{sig}", .separator = " ",
                   .encoding = "base64"},
     .timestamp = {.header = "webhook-timestamp", .format = "unix", .tolerance_s = 300},
     .id = {.header = "webhook-id"}},

    {.name = "standard-webhooks-ed25519", .basis = "documented",
     .source = "github.com/standard-webhooks/standard-webhooks spec/standard-webhooks.md",
     .algorithm = "ed25519", .key = "whpk", .signed_text = "{id}.{timestamp}.{body}",
     .signature = {.header = "webhook-signature", .item = "v1a,{sig}", .separator = " ",
                   .encoding = "base64"},
     .timestamp = {.header = "webhook-timestamp", .format = "unix", .tolerance_s = 300},
     .id = {.header = "webhook-id"}},

    {.name = "storyblok", .basis = "documented",
     .source = "storyblok.com/tp/webhook-secret-with-different-technologies",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{body}",
     .signature = {.header = "webhook-signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "stripe", .basis = "documented", /* the whsec_ in front belongs to the key */
     .source = "docs.stripe.com/webhooks#verify-manually",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "Stripe-Signature", .item = "v1={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.item = "t={timestamp}", .format = "unix", .tolerance_s = 300}},

    {.name = "svix", .basis = "documented",
     .source = "docs.svix.com/receiving/verifying-payloads/how-manual",
     .algorithm = "hmac-sha256", .key = "whsec", .signed_text = "{id}.{timestamp}.{body}",
     .signature = {.header = "svix-signature", .item = "v1,{sig}", .separator = " ",
                   .encoding = "base64"},
     .timestamp = {.header = "svix-timestamp", .format = "unix", .tolerance_s = 300},
     .id = {.header = "svix-id"}},

    {.name = "tailscale", .basis = "documented",
     .source = "tailscale.com/docs/features/webhooks",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "Tailscale-Webhook-Signature", .item = "v1={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.item = "t={timestamp}", .format = "unix", .tolerance_s = 300}},

    {.name = "tally", .basis = "documented",
     .source = "tally.so/help/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "Tally-Signature", .item = "{sig}", .encoding = "base64"}},

    {.name = "telnyx", .basis = "documented", /* the key is the account's public key */
     .source = "github.com/team-telnyx/telnyx-python src/telnyx/lib/webhook_verification.py",
     .algorithm = "ed25519", .key = "base64", .signed_text = "{timestamp}|{body}",
     .signature = {.header = "telnyx-signature-ed25519", .item = "{sig}", .encoding = "base64"},
     .timestamp = {.header = "telnyx-timestamp", .format = "unix", .tolerance_s = 300}},

    {.name = "terraform", .basis = "observed",
     .source = "developer.hashicorp.com/terraform/cloud-docs/workspaces/settings/notifications",
     .algorithm = "hmac-sha512", .key = "utf8", .signed_text = "{body}",
     .signature = {.header = "X-TFE-Notification-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "trello", .basis = "documented", /* the URL as it was registered */
     .source = "developer.atlassian.com/cloud/trello/guides/rest-api/webhooks",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{body}{url}",
     .signature = {.header = "X-Trello-Webhook", .item = "{sig}", .encoding = "base64"}},

    {.name = "twilio", .basis = "documented", /* form bodies; for JSON bodies see twilio-json */
     .source = "www.twilio.com/docs/usage/security",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{url}{form}",
     .signature = {.header = "X-Twilio-Signature", .item = "{sig}", .encoding = "base64"}},

    {.name = "twitch", .basis = "documented",
     .source = "dev.twitch.tv/docs/eventsub/handling-webhook-events",
     HGI_SHA256_OF("{id}{timestamp}{body}"),
     .signature = {.header = "Twitch-Eventsub-Message-Signature", .item = "sha256={sig}",
                   .encoding = "hex"},
     .timestamp = {.header = "Twitch-Eventsub-Message-Timestamp", .format = "rfc3339",
                   .tolerance_s = 600},
     .event = {.header = "Twitch-Eventsub-Subscription-Type"},
     .id = {.header = "Twitch-Eventsub-Message-Id"}},

    {.name = "typeform", .basis = "documented",
     .source = "www.typeform.com/developers/webhooks/secure-your-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "Typeform-Signature", .item = "sha256={sig}", .encoding = "base64"}},

    {.name = "vercel", .basis = "documented",
     .source = "vercel.com/docs/webhooks/webhooks-api",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{body}",
     .signature = {.header = "x-vercel-signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "viber", .basis = "documented",
     .source = "github.com/Viber/viber-bot-python viberbot/api/api.py",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Viber-Content-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "webflow", .basis = "documented",
     .source = "developers.webflow.com/data/docs/working-with-webhooks",
     HGI_SHA256_OF("{timestamp}:{body}"),
     .signature = {.header = "x-webflow-signature", .item = "{sig}", .encoding = "hex"},
     .timestamp = {.header = "x-webflow-timestamp", .format = "unix-ms", .tolerance_s = 300}},

    {.name = "webinone",
     .basis = "assumed", /* the vendor has not published its wire format; this is our reading */
     .source = "docs.webinone.com/webhooks/getting-started: HMAC-SHA256 over time, event, body",
     HGI_SHA256_OF("{timestamp}.{event}.{body}"),
     .signature = {.header = "X-Webhook-Signature", .item = "sha256={sig}", .encoding = "hex"},
     .timestamp = {.header = "X-Webhook-Timestamp", .format = "unix", .tolerance_s = 300},
     .event = {.header = "X-Webhook-Event", .grammar = "type.action"}},

    {.name = "woocommerce", .basis = "documented",
     .source = "developer.woocommerce.com/docs/apis/rest-api/v3/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-WC-Webhook-Signature", .item = "{sig}", .encoding = "base64"},
     .event = {.header = "X-WC-Webhook-Topic"}},

    {.name = "workos", .basis = "documented",
     .source = "workos.com/docs/events/data-syncing/webhooks",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "WorkOS-Signature", .item = "v1={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.item = "t={timestamp}", .format = "unix-ms", .tolerance_s = 180}},

    {.name = "x-twitter", .basis = "documented",
     .source = "docs.x.com/x-api/webhooks/introduction",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "x-twitter-webhooks-signature", .item = "sha256={sig}",
                   .encoding = "base64"}},

    {.name = "xero", .basis = "documented",
     .source = "developer.xero.com/documentation/guides/webhooks/overview",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "x-xero-signature", .item = "{sig}", .encoding = "base64"}},

    {.name = "zendesk", .basis = "documented", /* the secret looks like base64 and is not decoded */
     .source = "developer.zendesk.com/documentation/webhooks/verifying",
     HGI_SHA256_OF("{timestamp}{body}"),
     .signature = {.header = "X-Zendesk-Webhook-Signature", .item = "{sig}", .encoding = "base64"},
     .timestamp = {.header = "X-Zendesk-Webhook-Signature-Timestamp", .format = "rfc3339",
                   .tolerance_s = HG_NO_TOLERANCE}},

    {.name = "zoom", .basis = "documented",
     .source = "developers.zoom.us/docs/api/webhooks",
     HGI_SHA256_OF("v0:{timestamp}:{body}"),
     .signature = {.header = "x-zm-signature", .item = "v0={sig}", .encoding = "hex"},
     .timestamp = {.header = "x-zm-request-timestamp", .format = "unix",
                   .tolerance_s = HG_NO_TOLERANCE}},
};
/* clang-format on */

const size_t hgi_rows_m_to_z_count = sizeof hgi_rows_m_to_z / sizeof hgi_rows_m_to_z[0];
