/* SPDX-License-Identifier: MIT
 *
 * The built-in schemes from a to l, in order of name.
 *
 * To add one, put it in its place: the name, how it is known, where it is written, what is signed,
 * the signature's {header, item, separator, encoding, prefix, several}, the timestamp's {header,
 * item, format, tolerance}, and the event's and the id's header where deliveries always have them.
 * A tolerance is the provider's own; where it states none the row has HG_NO_TOLERANCE, and a user
 * who knows the provider's retries sets one in a row of their own. Then name the provider in
 * base/providers.c, and write docs/schemes.md anew with `hookgauge schemes --markdown`.
 */
#include "core/builtin.h"

/* A row is a paragraph, not a column of members. */
/* clang-format off */
const hg_scheme_spec hgi_rows_a_to_l[] = {
    {.name = "adcp", .basis = "documented", /* its legacy scheme */
     .source = "github.com/adcontextprotocol/adcp docs/building/by-layer/L1/security.mdx",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"X-ADCP-Signature", "sha256={sig}", NULL, "hex"},
     .timestamp = {"X-ADCP-Timestamp", NULL, "unix", 300}},

    {.name = "adyen", .basis = "documented", /* platforms and management; not the standard ones */
     .source = "docs.adyen.com/development-resources/webhooks/secure-webhooks/"
               "verify-hmac-signatures",
     .algorithm = "hmac-sha256", .key = "hex", .signed_text = "{body}",
     .signature = {"HmacSignature", "{sig}", NULL, "base64"}},

    {.name = "agora", .basis = "documented",
     .source = "docs.agora.io/en/media-push/develop/receive-notifications",
     HGI_SHA256_OF("{body}"),
     .signature = {"Agora-Signature-V2", "{sig}", NULL, "hex"}},

    {.name = "airwallex", .basis = "documented",
     .source = "airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events",
     HGI_SHA256_OF("{timestamp}{body}"),
     .signature = {"x-signature", "{sig}", NULL, "hex"},
     .timestamp = {"x-timestamp", NULL, "unix-ms", HG_NO_TOLERANCE}},

    {.name = "asana", .basis = "documented", /* the key is the X-Hook-Secret of the handshake */
     .source = "developers.asana.com/docs/webhooks-guide",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Hook-Signature", "{sig}", NULL, "hex"}},

    {.name = "bitbucket", .basis = "documented",
     .source = "support.atlassian.com/bitbucket-cloud/docs/manage-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Hub-Signature", "sha256={sig}", NULL, "hex"},
     .event = {"X-Event-Key", NULL}},

    {.name = "bland", .basis = "documented",
     .source = "docs.bland.ai/tutorials/webhook-signing",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Webhook-Signature", "{sig}", NULL, "hex"}},

    /* Box signs twice, with two keys, in two headers: a row for each. */
    {.name = "box-primary", .basis = "documented",
     .source = "developer.box.com/guides/webhooks/v2/signatures-v2",
     HGI_SHA256_OF("{body}{timestamp}"),
     .signature = {"BOX-SIGNATURE-PRIMARY", "{sig}", NULL, "base64"},
     .timestamp = {"BOX-DELIVERY-TIMESTAMP", NULL, "rfc3339", 600}},

    {.name = "box-secondary", .basis = "documented",
     .source = "developer.box.com/guides/webhooks/v2/signatures-v2",
     HGI_SHA256_OF("{body}{timestamp}"),
     .signature = {"BOX-SIGNATURE-SECONDARY", "{sig}", NULL, "base64"},
     .timestamp = {"BOX-DELIVERY-TIMESTAMP", NULL, "rfc3339", 600}},

    {.name = "buildkite", .basis = "documented",
     .source = "github.com/buildkite/docs pages/apis/webhooks/_verifying_hmac_signatures.md",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"X-Buildkite-Signature", "signature={sig}", ",", "hex"},
     .timestamp = {NULL, "timestamp={timestamp}", "unix", HG_NO_TOLERANCE},
     .event = {"X-Buildkite-Event", NULL}},

    {.name = "calcom", .basis = "documented",
     .source = "cal.com/docs/developing/guides/automation/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Cal-Signature-256", "{sig}", NULL, "hex"}},

    {.name = "calendly", .basis = "documented",
     .source = "developer.calendly.com/api-docs/webhook-signatures",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"Calendly-Webhook-Signature", "v1={sig}", ",", "hex"},
     .timestamp = {NULL, "t={timestamp}", "unix", 180}},

    {.name = "circleci", .basis = "documented",
     .source = "circleci.com/docs/outbound-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"circleci-signature", "v1={sig}", ",", "hex"},
     .event = {"circleci-event-type", NULL}},

    {.name = "cloudflare-stream", .basis = "documented",
     .source = "developers.cloudflare.com/stream/manage-video-library/using-webhooks",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"Webhook-Signature", "sig1={sig}", ",", "hex"},
     .timestamp = {NULL, "time={timestamp}", "unix", HG_NO_TOLERANCE}},

    {.name = "coinbase-commerce", .basis = "documented",
     .source = "github.com/coinbase/coinbase-commerce-node lib/Webhook.js",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-CC-Webhook-Signature", "{sig}", NULL, "hex"}},

    {.name = "coinify", .basis = "documented",
     .source = "coinify.readme.io/docs/webhook-signature",
     HGI_SHA256_OF("{body}"),
     .signature = {"x-coinify-webhook-signature", "{sig}", NULL, "hex"}},

    {.name = "convoy", .basis = "documented", /* its simple signatures */
     .source = "github.com/frain-dev/convoy pkg/signature/signature.go",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Convoy-Signature", "{sig}", NULL, "hex"}},

    {.name = "convoy-advanced", .basis = "documented",
     .source = "github.com/frain-dev/convoy pkg/signature/signature.go",
     HGI_SHA256_OF("{timestamp},{body}"),
     .signature = {"X-Convoy-Signature", "v1={sig}", ",", "hex"},
     .timestamp = {NULL, "t={timestamp}", "unix", HG_NO_TOLERANCE}},

    {.name = "cursor", .basis = "documented",
     .source = "docs.cursor.com/account/cloud-agent-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Webhook-Signature", "sha256={sig}", NULL, "hex"}},

    {.name = "discord", .basis = "documented", /* the key is the application's public key */
     .source = "docs.discord.com/developers/interactions/overview",
     .algorithm = "ed25519", .key = "hex", .signed_text = "{timestamp}{body}",
     .signature = {"X-Signature-Ed25519", "{sig}", NULL, "hex"},
     .timestamp = {"X-Signature-Timestamp", NULL, "unix", HG_NO_TOLERANCE}},

    {.name = "docusign", .basis = "documented", /* a header for every active key */
     .source = "developers.docusign.com/platform/webhooks/connect/hmac",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-DocuSign-Signature", "{sig}", NULL, "base64", .several = "numbered"}},

    {.name = "doppler", .basis = "observed",
     .source = "github.com/Hookflo/tern src/platforms/algorithms.ts",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Doppler-Signature", "sha256={sig}", NULL, "hex"}},

    {.name = "dropbox", .basis = "documented",
     .source = "dropbox.com/developers/reference/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Dropbox-Signature", "{sig}", NULL, "hex"}},

    {.name = "easypost", .basis = "documented", /* the secret in Unicode's form NFKD */
     .source = "github.com/EasyPost/easypost-python easypost/util.py",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Hmac-Signature", "hmac-sha256-hex={sig}", NULL, "hex"}},

    {.name = "elevenlabs", .basis = "documented",
     .source = "elevenlabs.io/docs/overview/administration/webhooks",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"ElevenLabs-Signature", "v0={sig}", ",", "hex"},
     .timestamp = {NULL, "t={timestamp}", "unix", 1800}},

    {.name = "expo", .basis = "documented",
     .source = "docs.expo.dev/eas/webhooks",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{body}",
     .signature = {"expo-signature", "sha1={sig}", NULL, "hex"}},

    {.name = "fal-ai", .basis = "observed", /* the key is an x of its JWKS, in padded base64 */
     .source = "github.com/Hookflo/tern src/verifiers/algorithms.ts",
     .algorithm = "ed25519", .key = "base64",
     .signed_text = "{id}\n{header:X-Fal-Webhook-User-Id}\n{timestamp}\n{body:sha256:hex}",
     .signature = {"X-Fal-Webhook-Signature", "{sig}", NULL, "hex"},
     .timestamp = {"X-Fal-Webhook-Timestamp", NULL, "unix", 300},
     .id = {"X-Fal-Webhook-Request-Id"}},

    {.name = "fastspring", .basis = "documented",
     .source = "developer.fastspring.com/docs/message-security",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-FS-Signature", "{sig}", NULL, "base64"}},

    {.name = "finch", .basis = "documented",
     .source = "github.com/Finch-API/finch-api-python src/finch/resources/webhooks.py",
     .algorithm = "hmac-sha256", .key = "base64", .signed_text = "{id}.{timestamp}.{body}",
     .signature = {"finch-signature", "v1,{sig}", " ", "base64"},
     .timestamp = {"finch-timestamp", NULL, "unix", 300},
     .id = {"Finch-Event-Id"}},

    {.name = "fintoc", .basis = "documented", /* the whsec_ in front belongs to the key */
     .source = "github.com/fintoc-com/fintoc-python fintoc/webhook.py",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"Fintoc-Signature", "v1={sig}", ",", "hex"},
     .timestamp = {NULL, "t={timestamp}", "unix", 300}},

    {.name = "fourthwall", .basis = "documented",
     .source = "docs.fourthwall.com/webhooks/signature-verification",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Fourthwall-Hmac-SHA256", "{sig}", NULL, "base64"}},

    {.name = "fourthwall-apps", .basis = "documented",
     .source = "docs.fourthwall.com/webhooks/signature-verification",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Fourthwall-Hmac-Apps-SHA256", "{sig}", NULL, "base64"}},

    {.name = "gitea", .basis = "documented",
     .source = "docs.gitea.com/usage/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Gitea-Signature", "{sig}", NULL, "hex"},
     .event = {"X-Gitea-Event", NULL}},

    {.name = "github", .basis = "documented",
     .source = "docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Hub-Signature-256", "sha256={sig}", NULL, "hex"},
     .event = {"X-GitHub-Event", NULL},
     .id = {"X-GitHub-Delivery"}},

    {.name = "gocardless", .basis = "documented",
     .source = "github.com/gocardless/gocardless-pro-python gocardless_pro/webhooks.py",
     HGI_SHA256_OF("{body}"),
     .signature = {"Webhook-Signature", "{sig}", NULL, "hex"}},

    {.name = "gogs", .basis = "documented",
     .source = "gogs.io/docs/features/webhook",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Gogs-Signature", "{sig}", NULL, "hex"},
     .event = {"X-Gogs-Event", NULL}},

    {.name = "grafana", .basis = "documented", /* the header's default name; it can be changed */
     .source = "github.com/grafana/alerting http/hmac.go",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Grafana-Alerting-Signature", "{sig}", NULL, "hex"}},

    {.name = "grafana-time", .basis = "observed", /* a time once its header has a name */
     .source = "github.com/Hookflo/tern src/platforms/algorithms.ts",
     HGI_SHA256_OF("{timestamp}:{body}"),
     .signature = {"X-Grafana-Alerting-Signature", "{sig}", NULL, "hex"},
     .timestamp = {"X-Grafana-Alerting-Timestamp", NULL, "unix", HG_NO_TOLERANCE}},

    {.name = "heroku", .basis = "documented",
     .source = "devcenter.heroku.com/articles/app-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"Heroku-Webhook-Hmac-SHA256", "{sig}", NULL, "base64"}},

    {.name = "hook0", .basis = "documented", /* v0; its v1 also signs a list of headers */
     .source = "github.com/hook0/hook0 clients/conformance/signature.json",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {"X-Hook0-Signature", "v0={sig}", ",", "hex"},
     .timestamp = {NULL, "t={timestamp}", "unix", 300}},

    {.name = "hookdeck", .basis = "documented",
     .source = "github.com/hookdeck/webhook-skills skills/hookdeck-event-gateway-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"x-hookdeck-signature", "{sig}", NULL, "base64"}},

    {.name = "hubspot", .basis = "documented", /* v3; some escapes of the URL are decoded first */
     .source = "developers.hubspot.com/docs/apps/developer-platform/add-features/"
               "request-validation",
     HGI_SHA256_OF("{method}{url}{body}{timestamp}"),
     .signature = {"X-HubSpot-Signature-v3", "{sig}", NULL, "base64"},
     .timestamp = {"X-HubSpot-Request-Timestamp", NULL, "unix-ms", 300}},

    {.name = "intercom", .basis = "documented",
     .source = "developers.intercom.com/docs/references/webhooks/webhook-models",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{body}",
     .signature = {"X-Hub-Signature", "sha1={sig}", NULL, "hex"}},

    {.name = "jira", .basis = "documented",
     .source = "developer.atlassian.com/cloud/jira/platform/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Hub-Signature", "sha256={sig}", NULL, "hex"}},

    {.name = "klaviyo", .basis = "documented",
     .source = "developers.klaviyo.com/en/docs/working_with_system_webhooks",
     HGI_SHA256_OF("{body}{timestamp}"),
     .signature = {"Klaviyo-Signature", "{sig}", NULL, "hex"},
     .timestamp = {"Klaviyo-Timestamp", NULL, "http-date", HG_NO_TOLERANCE}},

    {.name = "kontent-ai", .basis = "documented", /* signed with every line break as CRLF */
     .source = "github.com/kontent-ai/webhook-helper-js lib/signatures",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Kontent-ai-Signature", "{sig}", NULL, "base64"}},

    {.name = "launchdarkly", .basis = "documented",
     .source = "launchdarkly.com/docs/home/infrastructure/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-LD-Signature", "{sig}", NULL, "hex"}},

    {.name = "lemon-squeezy", .basis = "documented",
     .source = "docs.lemonsqueezy.com/help/webhooks/signing-requests",
     HGI_SHA256_OF("{body}"),
     .signature = {"X-Signature", "{sig}", NULL, "hex"},
     .event = {"X-Event-Name", NULL}},

    {.name = "lightspark", .basis = "documented",
     .source = "github.com/lightsparkdev/python-sdk lightspark/webhooks.py",
     HGI_SHA256_OF("{body}"),
     .signature = {"lightspark-signature", "{sig}", NULL, "hex"}},

    {.name = "line", .basis = "documented",
     .source = "developers.line.biz/en/docs/messaging-api/verify-webhook-signature",
     HGI_SHA256_OF("{body}"),
     .signature = {"x-line-signature", "{sig}", NULL, "base64"}},

    {.name = "linear", .basis = "documented", /* linear-timestamp is not signed: left out */
     .source = "github.com/linear/linear packages/sdk/src/webhooks/client.ts",
     HGI_SHA256_OF("{body}"),
     .signature = {"linear-signature", "{sig}", NULL, "hex"}},
};
/* clang-format on */

const size_t hgi_rows_a_to_l_count = sizeof hgi_rows_a_to_l / sizeof hgi_rows_a_to_l[0];
