<?php
// SPDX-License-Identifier: MIT
// A receiver as somebody may have it in whose job the README's example stands: PHP's own server
// around examples/verify.php, which lies beside it then.
declare(strict_types=1);

final class Request
{
    public function __construct(public array $headers, public string $body, public array $secrets, public int $now)
    {
    }
}

require __DIR__ . '/verify.php';

$headers = array_map(null, array_keys(getallheaders()), array_values(getallheaders()));
$body = (string) file_get_contents('php://input');
$genuine = verify(new Request($headers, $body, [(string) getenv('WEBHOOK_SECRET')], time()));
http_response_code($genuine ? 200 : 401);
