/* SPDX-License-Identifier: MIT
 *
 * The built-in schemes from a to l, in order of name.
 *
 * To add one, put it in its place: the name, how it is known, where it is written, what is signed,
 * where the signature and the time stand, and the event's and the id's header where deliveries
 * always have them. A tolerance is the provider's own; where it states none the row has
 * HG_NO_TOLERANCE, and a user who knows the provider's retries sets one in a row of their own. Then
 * name the provider in base/providers.c, and write docs/schemes.md anew with `hookgauge schemes
 * --markdown`.
 */
#include "core/builtin.h"

/* A row is a paragraph, not a column of members. */
/* clang-format off */
const hg_scheme_spec hgi_rows_a_to_l[] = {
    {.name = "adcp", .basis = "documented", /* its legacy scheme */
     .source = "github.com/adcontextprotocol/adcp docs/building/by-layer/L1/security.mdx",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "X-ADCP-Signature", .item = "sha256={sig}", .encoding = "hex"},
     .timestamp = {.header = "X-ADCP-Timestamp", .format = "unix", .tolerance_s = 300}},

    {.name = "adyen", .basis = "documented", /* platforms and management; not the standard ones */
     .source = "docs.adyen.com/development-resources/webhooks/secure-webhooks/"
               "verify-hmac-signatures",
     .algorithm = "hmac-sha256", .key = "hex", .signed_text = "{body}",
     .signature = {.header = "HmacSignature", .item = "{sig}", .encoding = "base64"}},

    {.name = "agora", .basis = "documented",
     .source = "docs.agora.io/en/media-push/develop/receive-notifications",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "Agora-Signature-V2", .item = "{sig}", .encoding = "hex"}},

    {.name = "airwallex", .basis = "documented",
     .source = "airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events",
     HGI_SHA256_OF("{timestamp}{body}"),
     .signature = {.header = "x-signature", .item = "{sig}", .encoding = "hex"},
     .timestamp = {.header = "x-timestamp", .format = "unix-ms", .tolerance_s = HG_NO_TOLERANCE}},

    {.name = "asana", .basis = "documented", /* the key is the X-Hook-Secret of the handshake */
     .source = "developers.asana.com/docs/webhooks-guide",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Hook-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "bitbucket", .basis = "documented",
     .source = "support.atlassian.com/bitbucket-cloud/docs/manage-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Hub-Signature", .item = "sha256={sig}", .encoding = "hex"},
     .event = {.header = "X-Event-Key"}},

    {.name = "bland", .basis = "documented",
     .source = "docs.bland.ai/tutorials/webhook-signing",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Webhook-Signature", .item = "{sig}", .encoding = "hex"}},

    /* Box signs twice, with two keys, in two headers: a row for each. */
    {.name = "box-primary", .basis = "documented",
     .source = "developer.box.com/guides/webhooks/v2/signatures-v2",
     HGI_SHA256_OF("{body}{timestamp}"),
     .signature = {.header = "BOX-SIGNATURE-PRIMARY", .item = "{sig}", .encoding = "base64"},
     .timestamp = {.header = "BOX-DELIVERY-TIMESTAMP", .format = "rfc3339", .tolerance_s = 600}},

    {.name = "box-secondary", .basis = "documented",
     .source = "developer.box.com/guides/webhooks/v2/signatures-v2",
     HGI_SHA256_OF("{body}{timestamp}"),
     .signature = {.header = "BOX-SIGNATURE-SECONDARY", .item = "{sig}", .encoding = "base64"},
     .timestamp = {.header = "BOX-DELIVERY-TIMESTAMP", .format = "rfc3339", .tolerance_s = 600}},

    {.name = "buildkite", .basis = "documented",
     .source = "github.com/buildkite/docs pages/apis/webhooks/_verifying_hmac_signatures.md",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "X-Buildkite-Signature", .item = "signature={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.item = "timestamp={timestamp}", .format = "unix",
                   .tolerance_s = HG_NO_TOLERANCE},
     .event = {.header = "X-Buildkite-Event"}},

    {.name = "calcom", .basis = "documented",
     .source = "cal.com/docs/developing/guides/automation/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Cal-Signature-256", .item = "{sig}", .encoding = "hex"}},

    {.name = "calendly", .basis = "documented",
     .source = "developer.calendly.com/api-docs/webhook-signatures",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "Calendly-Webhook-Signature", .item = "v1={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.item = "t={timestamp}", .format = "unix", .tolerance_s = 180}},

    {.name = "circleci", .basis = "documented",
     .source = "circleci.com/docs/outbound-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "circleci-signature", .item = "v1={sig}", .separator = ",",
                   .encoding = "hex"},
     .event = {.header = "circleci-event-type"}},

    {.name = "cloudflare-stream", .basis = "documented",
     .source = "developers.cloudflare.com/stream/manage-video-library/using-webhooks",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "Webhook-Signature", .item = "sig1={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.item = "time={timestamp}", .format = "unix", .tolerance_s = HG_NO_TOLERANCE}},

    {.name = "coinbase-commerce", .basis = "documented",
     .source = "github.com/coinbase/coinbase-commerce-node lib/Webhook.js",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-CC-Webhook-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "coinify", .basis = "documented",
     .source = "coinify.readme.io/docs/webhook-signature",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "x-coinify-webhook-signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "convoy", .basis = "documented", /* its simple signatures */
     .source = "github.com/frain-dev/convoy pkg/signature/signature.go",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Convoy-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "convoy-advanced", .basis = "documented",
     .source = "github.com/frain-dev/convoy pkg/signature/signature.go",
     HGI_SHA256_OF("{timestamp},{body}"),
     .signature = {.header = "X-Convoy-Signature", .item = "v1={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.item = "t={timestamp}", .format = "unix", .tolerance_s = HG_NO_TOLERANCE}},

    {.name = "cursor", .basis = "documented",
     .source = "docs.cursor.com/account/cloud-agent-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Webhook-Signature", .item = "sha256={sig}", .encoding = "hex"}},

    {.name = "discord", .basis = "documented", /* the key is the application's public key */
     .source = "docs.discord.com/developers/interactions/overview",
     .algorithm = "ed25519", .key = "hex", .signed_text = "{timestamp}{body}",
     .signature = {.header = "X-Signature-Ed25519", .item = "{sig}", .encoding = "hex"},
     .timestamp = {.header = "X-Signature-Timestamp", .format = "unix",
                   .tolerance_s = HG_NO_TOLERANCE}},

    {.name = "docusign", .basis = "documented", /* a header for every active key */
     .source = "developers.docusign.com/platform/webhooks/connect/hmac",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-DocuSign-Signature", .item = "{sig}", .encoding = "base64",
                   .several = "numbered"}},

    {.name = "doppler", .basis = "observed",
     .source = "github.com/Hookflo/tern src/platforms/algorithms.ts",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Doppler-Signature", .item = "sha256={sig}", .encoding = "hex"}},

    {.name = "dropbox", .basis = "documented",
     .source = "dropbox.com/developers/reference/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Dropbox-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "easypost", .basis = "documented", /* the secret in Unicode's form NFKD */
     .source = "github.com/EasyPost/easypost-python easypost/util.py",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Hmac-Signature", .item = "hmac-sha256-hex={sig}",
                   .encoding = "hex"}},

    {.name = "elevenlabs", .basis = "documented",
     .source = "elevenlabs.io/docs/overview/administration/webhooks",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "ElevenLabs-Signature", .item = "v0={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.item = "t={timestamp}", .format = "unix", .tolerance_s = 1800}},

    {.name = "expo", .basis = "documented",
     .source = "docs.expo.dev/eas/webhooks",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{body}",
     .signature = {.header = "expo-signature", .item = "sha1={sig}", .encoding = "hex"}},

    {.name = "fal-ai", .basis = "observed", /* the key is an x of its JWKS, in padded base64 */
     .source = "github.com/Hookflo/tern src/verifiers/algorithms.ts",
     .algorithm = "ed25519", .key = "base64",
     .signed_text = "{id}\n{header:X-Fal-Webhook-User-Id}\n{timestamp}\n{body:sha256:hex}",
     .signature = {.header = "X-Fal-Webhook-Signature", .item = "{sig}", .encoding = "hex"},
     .timestamp = {.header = "X-Fal-Webhook-Timestamp", .format = "unix", .tolerance_s = 300},
     .id = {.header = "X-Fal-Webhook-Request-Id"}},

    {.name = "fastspring", .basis = "documented",
     .source = "developer.fastspring.com/docs/message-security",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-FS-Signature", .item = "{sig}", .encoding = "base64"}},

    {.name = "finch", .basis = "documented",
     .source = "github.com/Finch-API/finch-api-python src/finch/resources/webhooks.py",
     .algorithm = "hmac-sha256", .key = "base64", .signed_text = "{id}.{timestamp}.{body}",
     .signature = {.header = "finch-signature", .item = "v1,{sig}", .separator = " ",
                   .encoding = "base64"},
     .timestamp = {.header = "finch-timestamp", .format = "unix", .tolerance_s = 300},
     .id = {.header = "Finch-Event-Id"}},

    {.name = "fintoc", .basis = "documented", /* the whsec_ in front belongs to the key */
     .source = "github.com/fintoc-com/fintoc-python fintoc/webhook.py",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "Fintoc-Signature", .item = "v1={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.item = "t={timestamp}", .format = "unix", .tolerance_s = 300}},

    {.name = "fourthwall", .basis = "documented",
     .source = "docs.fourthwall.com/webhooks/signature-verification",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Fourthwall-Hmac-SHA256", .item = "{sig}", .encoding = "base64"}},

    {.name = "fourthwall-apps", .basis = "documented",
     .source = "docs.fourthwall.com/webhooks/signature-verification",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Fourthwall-Hmac-Apps-SHA256", .item = "{sig}",
                   .encoding = "base64"}},

    {.name = "gitea", .basis = "documented",
     .source = "docs.gitea.com/usage/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Gitea-Signature", .item = "{sig}", .encoding = "hex"},
     .event = {.header = "X-Gitea-Event"}},

    {.name = "github", .basis = "documented",
     .source = "docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Hub-Signature-256", .item = "sha256={sig}", .encoding = "hex"},
     .event = {.header = "X-GitHub-Event"},
     .id = {.header = "X-GitHub-Delivery"}},

    {.name = "gocardless", .basis = "documented",
     .source = "github.com/gocardless/gocardless-pro-python gocardless_pro/webhooks.py",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "Webhook-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "gogs", .basis = "documented",
     .source = "gogs.io/docs/features/webhook",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Gogs-Signature", .item = "{sig}", .encoding = "hex"},
     .event = {.header = "X-Gogs-Event"}},

    {.name = "grafana", .basis = "documented", /* the header's default name; it can be changed */
     .source = "github.com/grafana/alerting http/hmac.go",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Grafana-Alerting-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "grafana-time", .basis = "observed", /* a time once its header has a name */
     .source = "github.com/Hookflo/tern src/platforms/algorithms.ts",
     HGI_SHA256_OF("{timestamp}:{body}"),
     .signature = {.header = "X-Grafana-Alerting-Signature", .item = "{sig}", .encoding = "hex"},
     .timestamp = {.header = "X-Grafana-Alerting-Timestamp", .format = "unix",
                   .tolerance_s = HG_NO_TOLERANCE}},

    {.name = "heroku", .basis = "documented",
     .source = "devcenter.heroku.com/articles/app-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "Heroku-Webhook-Hmac-SHA256", .item = "{sig}", .encoding = "base64"}},

    {.name = "hook0", .basis = "documented", /* v0; its v1 also signs a list of headers */
     .source = "github.com/hook0/hook0 clients/conformance/signature.json",
     HGI_SHA256_OF("{timestamp}.{body}"),
     .signature = {.header = "X-Hook0-Signature", .item = "v0={sig}", .separator = ",",
                   .encoding = "hex"},
     .timestamp = {.item = "t={timestamp}", .format = "unix", .tolerance_s = 300}},

    {.name = "hookdeck", .basis = "documented",
     .source = "github.com/hookdeck/webhook-skills skills/hookdeck-event-gateway-webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "x-hookdeck-signature", .item = "{sig}", .encoding = "base64"}},

    {.name = "hubspot", .basis = "documented", /* v3; some escapes of the URL are decoded first */
     .source = "developers.hubspot.com/docs/apps/developer-platform/add-features/"
               "request-validation",
     HGI_SHA256_OF("{method}{url}{body}{timestamp}"),
     .signature = {.header = "X-HubSpot-Signature-v3", .item = "{sig}", .encoding = "base64"},
     .timestamp = {.header = "X-HubSpot-Request-Timestamp", .format = "unix-ms",
                   .tolerance_s = 300}},

    {.name = "intercom", .basis = "documented",
     .source = "developers.intercom.com/docs/references/webhooks/webhook-models",
     .algorithm = "hmac-sha1", .key = "utf8", .signed_text = "{body}",
     .signature = {.header = "X-Hub-Signature", .item = "sha1={sig}", .encoding = "hex"}},

    {.name = "jira", .basis = "documented",
     .source = "developer.atlassian.com/cloud/jira/platform/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Hub-Signature", .item = "sha256={sig}", .encoding = "hex"}},

    {.name = "klaviyo", .basis = "documented",
     .source = "developers.klaviyo.com/en/docs/working_with_system_webhooks",
     HGI_SHA256_OF("{body}{timestamp}"),
     .signature = {.header = "Klaviyo-Signature", .item = "{sig}", .encoding = "hex"},
     .timestamp = {.header = "Klaviyo-Timestamp", .format = "http-date",
                   .tolerance_s = HG_NO_TOLERANCE}},

    {.name = "kontent-ai", .basis = "documented", /* signed with every line break as CRLF */
     .source = "github.com/kontent-ai/webhook-helper-js lib/signatures",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Kontent-ai-Signature", .item = "{sig}", .encoding = "base64"}},

    {.name = "launchdarkly", .basis = "documented",
     .source = "launchdarkly.com/docs/home/infrastructure/webhooks",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-LD-Signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "lemon-squeezy", .basis = "documented",
     .source = "docs.lemonsqueezy.com/help/webhooks/signing-requests",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "X-Signature", .item = "{sig}", .encoding = "hex"},
     .event = {.header = "X-Event-Name"}},

    {.name = "lightspark", .basis = "documented",
     .source = "github.com/lightsparkdev/python-sdk lightspark/webhooks.py",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "lightspark-signature", .item = "{sig}", .encoding = "hex"}},

    {.name = "line", .basis = "documented",
     .source = "developers.line.biz/en/docs/messaging-api/verify-webhook-signature",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "x-line-signature", .item = "{sig}", .encoding = "base64"}},

    {.name = "linear", .basis = "documented", /* linear-timestamp is not signed: left out */
     .source = "github.com/linear/linear packages/sdk/src/webhooks/client.ts",
     HGI_SHA256_OF("{body}"),
     .signature = {.header = "linear-signature", .item = "{sig}", .encoding = "hex"}},
};
/* clang-format on */

const size_t hgi_rows_a_to_l_count = sizeof hgi_rows_a_to_l / sizeof hgi_rows_a_to_l[0];
