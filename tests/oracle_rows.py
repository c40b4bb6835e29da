# SPDX-License-Identifier: MIT
"""The schemes that the oracle knows by name, stated apart from the C rows.

Most come from the publishers of the vectors in vectors/published. tests/cli/test_oracle.py compares
them with what `hookgauge schemes` prints: a slip of the pen has to be made twice to go unseen.
"""


def row(name, signed, header, item, encoding, algorithm="hmac-sha256", key="utf8", time=None,
        event=None, grammar=None, id=None, **signature):
    """A row as JSON has it. time is (header, or item with {timestamp}; format; seconds or none);
    what is left over belongs to the signature: separator, prefix, several."""
    made = {"name": name, "algorithm": algorithm, "key": key, "signed": signed,
            "signature": {"header": header, "item": item, "encoding": encoding, **signature}}
    if time:
        where, made_format, *tolerance = time
        made["timestamp"] = {"item" if "{timestamp}" in where else "header": where,
                             "format": made_format}
        if tolerance:
            made["timestamp"]["tolerance_s"] = tolerance[0]
    if event:
        made["event"] = {"header": event, **({"grammar": grammar} if grammar else {})}
    if id:
        made["id"] = {"header": id}
    return made


ROWS = {made["name"]: made for made in [
    row("adcp", "{timestamp}.{body}", "X-ADCP-Signature", "sha256={sig}", "hex",
        time=("X-ADCP-Timestamp", "unix", 300)),
    row("adyen", "{body}", "HmacSignature", "{sig}", "base64", key="hex"),
    row("agora", "{body}", "Agora-Signature-V2", "{sig}", "hex"),
    row("bitbucket", "{body}", "X-Hub-Signature", "sha256={sig}", "hex", event="X-Event-Key"),
    row("box-primary", "{body}{timestamp}", "box-signature-primary", "{sig}", "base64",
        time=("box-delivery-timestamp", "rfc3339", 600)),
    row("box-secondary", "{body}{timestamp}", "box-signature-secondary", "{sig}", "base64",
        time=("box-delivery-timestamp", "rfc3339", 600)),
    row("coinbase-commerce", "{body}", "X-CC-Webhook-Signature", "{sig}", "hex"),
    row("easypost", "{body}", "X-Hmac-Signature", "hmac-sha256-hex={sig}", "hex"),
    row("finch", "{id}.{timestamp}.{body}", "finch-signature", "v1,{sig}", "base64", key="base64",
        separator=" ", time=("finch-timestamp", "unix", 300), id="Finch-Event-Id"),
    row("fintoc", "{timestamp}.{body}", "Fintoc-Signature", "v1={sig}", "hex", separator=",",
        time=("t={timestamp}", "unix", 300)),
    row("gitea", "{body}", "X-Gitea-Signature", "{sig}", "hex", event="X-Gitea-Event"),
    row("github", "{body}", "X-Hub-Signature-256", "sha256={sig}", "hex", event="X-GitHub-Event",
        id="X-GitHub-Delivery"),
    row("gocardless", "{body}", "Webhook-Signature", "{sig}", "hex"),
    row("hook0", "{timestamp}.{body}", "X-Hook0-Signature", "v0={sig}", "hex", separator=",",
        time=("t={timestamp}", "unix", 300)),
    row("hubspot", "{method}{url}{body}{timestamp}", "X-HubSpot-Signature-v3", "{sig}", "base64",
        time=("X-HubSpot-Request-Timestamp", "unix-ms", 300)),
    row("jira", "{body}", "X-Hub-Signature", "sha256={sig}", "hex"),
    row("kontent-ai", "{body}", "X-Kontent-ai-Signature", "{sig}", "base64"),
    row("lightspark", "{body}", "lightspark-signature", "{sig}", "hex"),
    row("line", "{body}", "x-line-signature", "{sig}", "base64"),
    row("modern-treasury", "{body}", "X-Signature", "{sig}", "hex"),
    row("mux", "{timestamp}.{body}", "Mux-Signature", "v1={sig}", "hex", separator=",",
        time=("t={timestamp}", "unix", 300)),
    row("notion", "{body}", "X-Notion-Signature", "sha256={sig}", "hex"),
    row("onfido", "{body}", "X-SHA2-Signature", "{sig}", "hex"),
    row("outpost", "{body}", "x-outpost-signature", "{sig}", "hex", separator=",", prefix="v0="),
    row("paddle", "{timestamp}:{body}", "Paddle-Signature", "h1={sig}", "hex", separator=";",
        time=("ts={timestamp}", "unix", 5)),
    row("pagerduty", "{body}", "X-PagerDuty-Signature", "v1={sig}", "hex", separator=","),
    row("pusher", "{body}", "X-Pusher-Signature", "{sig}", "hex"),
    row("razorpay", "{body}", "X-Razorpay-Signature", "{sig}", "hex"),
    row("sanity", "{timestamp}.{body}", "sanity-webhook-signature", "v1={sig}", "base64url",
        separator=",", time=("t={timestamp}", "unix-ms")),
    row("shopify", "{body}", "X-Shopify-Hmac-Sha256", "{sig}", "base64", event="X-Shopify-Topic",
        id="X-Shopify-Webhook-Id"),
    row("sinch", "{body}.{id}.{timestamp}", "x-sinch-webhook-signature", "{sig}", "base64",
        time=("x-sinch-webhook-signature-timestamp", "unix"), id="x-sinch-webhook-signature-nonce"),
    row("slack", "v0:{timestamp}:{body}", "X-Slack-Signature", "v0={sig}", "hex",
        time=("X-Slack-Request-Timestamp", "unix", 300)),
    row("square", "{url}{body}", "x-square-hmacsha256-signature", "{sig}", "base64"),
    row("standard-webhooks", "{id}.{timestamp}.{body}", "webhook-signature", "v1,{sig}", "base64",
        key="whsec", separator=" ", time=("webhook-timestamp", "unix", 300), id="webhook-id"),
    row("stripe", "{timestamp}.{body}", "Stripe-Signature", "v1={sig}", "hex", separator=",",
        time=("t={timestamp}", "unix", 300)),
    row("svix", "{id}.{timestamp}.{body}", "svix-signature", "v1,{sig}", "base64", key="whsec",
        separator=" ", time=("svix-timestamp", "unix", 300), id="svix-id"),
    row("viber", "{body}", "X-Viber-Content-Signature", "{sig}", "hex"),
    row("webinone", "{timestamp}.{event}.{body}", "X-Webhook-Signature", "sha256={sig}", "hex",
        time=("X-Webhook-Timestamp", "unix", 300), event="X-Webhook-Event", grammar="type.action"),
    row("x-twitter", "{body}", "X-Twitter-Webhooks-Signature", "sha256={sig}", "base64"),
]}
