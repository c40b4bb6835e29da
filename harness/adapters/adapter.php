<?php
// SPDX-License-Identifier: MIT
// Puts a verify function in PHP under test:
//
//     hookgauge test "cmd:php harness/adapters/adapter.php examples/verify.php"
//
// The file defines verify(Request $request): bool; an exception refuses too. A request has scheme,
// secrets (texts, without those that expired), now (Unix seconds; time() is the real time), method,
// url, headers (pairs), body, and header($name), the one value. throw new Skip("why") for what the
// function can't be asked.
declare(strict_types=1);

final class Skip extends Exception
{
}

final class Request
{
    public string $id, $scheme, $method, $url, $body;
    public int $now;
    public array $secrets, $headers = [];

    public function __construct(array $line)
    {
        ['id' => $this->id, 'scheme' => $this->scheme, 'now' => $this->now] = $line;
        ['method' => $this->method, 'url' => $this->url] = $request = $line['request'];
        $good = fn($each) => $this->now <= ($each['not_after'] ?? $this->now);
        $secrets = array_filter($line['secrets'] ?? [['secret' => $line['secret']]], $good);
        $this->secrets = array_column($secrets, 'secret');
        foreach ($request['headers'] as [$name, $value]) {
            $this->headers[] = [$name, is_array($value) ? base64_decode($value['base64']) : $value];
        }
        $repeat = $request['body_repeat'] ?? ['text' => '', 'count' => 0];
        $this->body = $request['body'] ?? base64_decode($request['body_base64'] ?? '') .
            str_repeat($repeat['text'], $repeat['count']);
    }

    /** The value without blanks around it, as a server would give it. */
    public function header(string $name): ?string
    {
        $found = array_filter($this->headers, fn($pair) => strcasecmp($pair[0], $name) === 0);
        count($found) < 2 || throw new Skip('takes one value a header');
        return $found ? trim(current($found)[1], " \t") : null;
    }
}

ini_set('display_errors', 'stderr'); // standard output is for answers
require $argv[1];
$verify = verify(...);
while (($line = fgets(STDIN)) !== false) {
    $request = new Request(json_decode($line, true, 512, JSON_THROW_ON_ERROR));
    try {
        $answer = ['accept' => $verify($request)];
    } catch (Throwable $error) {
        $answer = $error instanceof Skip ? ['skip' => $error->getMessage()] : ['accept' => false];
    }
    echo json_encode(['id' => $request->id] + $answer), "\n";
}
