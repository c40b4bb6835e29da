/* SPDX-License-Identifier: MIT
 *
 * Providers that have no row, and why. A row is data for one engine; what the engine can't say, or
 * should not say because it proves nothing, is named here, so that nobody searches for it in vain.
 */
#include "hookgauge.h"

static const hg_absent absent[] = {
    {"adyen-standard", "signs chosen members of the JSON body, joined by colons, and not the body"},
    {"brevo",
     "sends no signature: its addresses, basic authentication or a token are all there is"},
    {"chargebee", "sends no signature, only basic authentication"},
    {"contentful", "lists the signed headers anew in each request, and spells the path anew"},
    {"datocms", "sends no signature, only basic authentication or headers that you choose"},
    {"deepgram",
     "sends a plain shared token, which is not a signature: the body is not tied to it"},
    {"dropbox-sign", "signs members of the JSON body, and not the body"},
    {"fusionauth", "signs with a JSON Web Token"},
    {"gitlab-token", "sends a plain shared token, which is not a signature; see "
                     "standard-webhooks"},
    {"hook0-v1", "lists the signed headers anew in each request; its v0 signature is hook0"},
    {"hubspot-v1", "is a plain SHA-256 of secret and body, which is not a MAC; its v3 is hubspot"},
    {"hubspot-v2", "is a plain SHA-256 of secret, URL and body, not a MAC; its v3 is hubspot"},
    {"hygraph", "signs a JSON text that it builds around the body, and not the body as it is sent"},
    {"kick", "signs with RSA"},
    {"mailchannels", "signs by RFC 9421, whose text each request lays out anew"},
    {"mailgun", "signs members of the JSON body, and not the body"},
    {"messagebird", "signs the sorted query and the raw bytes of a digest"},
    {"paypal", "signs with RSA, over a CRC-32 of the body"},
    {"plaid", "signs with a JSON Web Token"},
    {"plivo-v3", "signs sorted parameters in a spelling of its own; its V2 is plivo-v2"},
    {"postmark", "sends no signature, only basic authentication"},
    {"recharge", "is a plain SHA-256 of secret and body, which is not a MAC"},
    {"sendgrid", "signs with ECDSA"},
    {"sinch-voice", "signs an MD5 of the body, and puts its key's name before the signature"},
    {"twilio-json", "signs the URL alone; the digest of the body in it has to be compared as well"},
};

const hg_absent *hg_scheme_absent(size_t index)
{
    return index < sizeof absent / sizeof absent[0] ? &absent[index] : NULL;
}
