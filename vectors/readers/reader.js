#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Judges the cases of webinone.json and github.json with nothing but the language's own HMAC:
//
//     reader.js FILE...      names each case that differs, counts them; exits with 1 if one does
//
// Cases that need a connection are left out. Thirty lines, to be read before you write your own.
const crypto = require("crypto");
const fs = require("fs");

const MAC = /^sha256=[0-9A-Fa-f]{64}$/, VISIBLE = /^[!-~]{1,256}$/;
const HEADERS = { // of each scheme, the signature's first: all required, once, in this form
    webinone: [["x-webhook-signature", MAC], ["x-webhook-timestamp", /^(0|[1-9][0-9]{0,15})$/],
        ["x-webhook-event", /^(?!.{257})[A-Za-z0-9]+\.[A-Za-z0-9]+$/]],
    github: [["x-hub-signature-256", MAC], ["x-github-event", VISIBLE], ["x-github-delivery", VISIBLE]],
};

// A header's value or a body: text, or an object with it in base64, or with a text to repeat.
function binary(value) {
    if (typeof value === "string") return Buffer.from(value);
    return "base64" in value ? Buffer.from(value.base64, "base64") : Buffer.from(value.text.repeat(value.count));
}

function accepts(scheme, secret, now, request) {
    const values = [];
    for (const [name, form] of HEADERS[scheme]) {
        const found = (request.headers ?? []).filter(([key]) => key.toLowerCase() === name)
            .map(([, value]) => binary(value).toString("latin1").replace(/^[ \t]+|[ \t]+$/g, ""));
        if (found.length !== 1 || !form.test(found[0])) return false;
        values.push(found[0]);
    }
    const mac = crypto.createHmac("sha256", secret);
    if (scheme === "webinone") mac.update(`${values[1]}.${values[2]}.`);
    mac.update(binary(request.body_repeat ?? request.body ?? { base64: request.body_base64 ?? "" }));
    return crypto.timingSafeEqual(mac.digest(), Buffer.from(values[0].slice(7), "hex")) &&
        (scheme !== "webinone" || Math.abs(now - Number(values[1])) <= 300); // seconds, on either side
}

function differs([scheme, group, { now = group.now, status, request }]) {
    const keys = group.secrets ?? [{ secret: group.secret }];
    return (status === "ok") !== keys.some(({ secret, not_after: end }) =>
        now <= (end || now) && accepts(scheme, secret, now, request));
}

const files = process.argv.slice(2).map((path) => JSON.parse(fs.readFileSync(path)));
const cases = files.flatMap((file) => file.groups.flatMap((group) => group.cases
    .filter(({ needs = [] }) => !needs.includes("http")).map((one) => [file.scheme, group, one])));
const wrong = cases.filter(differs).map(([, , one]) => one.id);
console.log([...wrong, `${cases.length} cases, ${wrong.length} differ`].join("\n"));
process.exitCode = wrong.length || !cases.length ? 1 : 0;
