<?php
// SPDX-License-Identifier: MIT
// A receiver as somebody might have it whose README example is tested: PHP alone.
declare(strict_types=1);

function verify(string $secret, int $now, array $server, string $body): int
{
    $forms = ['SIGNATURE' => '/\Asha256=[0-9a-fA-F]{64}\z/', 'TIMESTAMP' => '/\A(0|[1-9][0-9]{0,15})\z/',
              'EVENT' => '/\A(?!.{257})[A-Za-z0-9]+\.[A-Za-z0-9]+\z/'];
    foreach ($forms as $name => $form) {
        $values[] = trim($server["HTTP_X_WEBHOOK_$name"] ?? '', " \t");
        if (!preg_match($form, end($values))) {
            return 400;
        }
    }
    [$signature, $time, $event] = $values;
    $genuine = hash_equals('sha256=' . hash_hmac('sha256', "$time.$event.$body", $secret), strtolower($signature));
    return $genuine && abs($now - (int) $time) <= 300 ? 200 : 401;
}

$body = (string) file_get_contents('php://input');
http_response_code(verify((string) getenv('WEBHOOK_SECRET'), time(), $_SERVER, $body));
