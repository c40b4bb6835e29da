<?php
// SPDX-License-Identifier: MIT
// A verify function to put under test, complete for the webinone scheme; replace it by yours:
//
//     hookgauge test "cmd:php harness/adapters/adapter.php examples/verify.php"
declare(strict_types=1);

const TOLERANCE_S = 300;

/** The value of a header that comes exactly once. */
function single(array $headers, string $name): string
{
    $found = array_values(array_filter($headers, fn($pair) => strtolower($pair[0]) === $name));
    return count($found) === 1 ? trim($found[0][1], " \t") : '';
}

function verify(Request $request): bool
{
    $signature = single($request->headers, 'x-webhook-signature');
    $timestamp = single($request->headers, 'x-webhook-timestamp');
    $event = single($request->headers, 'x-webhook-event');
    if (
        !preg_match('/^sha256=[0-9a-fA-F]{64}$/D', $signature) ||
        !preg_match('/^(0|[1-9][0-9]{0,15})$/D', $timestamp) ||
        !preg_match('/^[A-Za-z0-9]+\.[A-Za-z0-9]+$/D', $event) || strlen($event) > 256 ||
        abs($request->now - (int) $timestamp) > TOLERANCE_S
    ) {
        return false;
    }
    $sent = strtolower(substr($signature, strlen('sha256=')));
    foreach ($request->secrets as $secret) {
        if (hash_equals(hash_hmac('sha256', "$timestamp.$event.$request->body", $secret), $sent)) {
            return true;
        }
    }
    return false;
}
