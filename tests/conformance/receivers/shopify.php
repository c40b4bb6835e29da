<?php
// SPDX-License-Identifier: MIT
// A receiver as Shopify's page "Verify webhook deliveries" describes it, on PHP's own server: the HMAC
// of the body, in base64, compared in constant time with the header.
declare(strict_types=1);

$sent = $_SERVER['HTTP_X_SHOPIFY_HMAC_SHA256'] ?? '';
$mac = hash_hmac('sha256', (string) file_get_contents('php://input'), (string) getenv('SECRET'), true);
http_response_code(hash_equals(base64_encode($mac), $sent) ? 200 : 401);
