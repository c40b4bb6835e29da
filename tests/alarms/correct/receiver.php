<?php
// SPDX-License-Identifier: MIT
//
// A right receiver of webinone webhooks in PHP: no extension but pcntl, a process a connection.
//
//     WEBHOOK_SECRET=... php receiver.php PORT FOLDER      prints its URL when it listens
//
// It reads HTTP itself, since the server of "php -S" believes messages that RFC 9112 has a server
// refuse. Behind a web server verify() and keep() are all there is to take over.
declare(strict_types=1);

const PATH = '/api/webhook';
const TOLERANCE_S = 300;
const HEAD_MAX = 65536;
const HEADERS_MAX = 256;
const BODY_MAX = 4 << 20;
const EVENT_MAX = 256;
const REQUEST_LINE = '~\A([A-Z]+) (?:http://[^/]*)?(/[!-"$-\~]*) HTTP/1\.([01])\z~';
const HEADER = '/\A([!#$%&\'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*\z/';
const IDLE_S = 10; // a silent client keeps its process no longer

/** Its code is the HTTP status. An answer has no body: it tells nobody what was wrong. */
class Refused extends Exception
{
    public function __construct(int $status)
    {
        parent::__construct('', $status);
    }
}

/** The client is gone, or silent, or its message has no end. */
class Gone extends Exception
{
}

// ---- The delivery -------------------------------------------------------------------------------

/** All values of a header, in any case of its name. */
function values_of(array $headers, string $name): array
{
    $found = array_filter($headers, fn ($header) => strtolower($header[0]) === $name);
    return array_column($found, 1);
}

/** Which of two headers counts is open, so neither does. */
function only(array $headers, string $name): string
{
    $values = values_of($headers, $name);
    return count($values) === 1 ? $values[0] : '';
}

/**
 * Returns the MAC in hex, which names the delivery. The form of the headers comes first, then the
 * MAC, and only what it covers is believed: the time last.
 */
function verify(string $secret, array $headers, string $body, int $now): string
{
    $stated = only($headers, 'x-webhook-timestamp');
    $event = only($headers, 'x-webhook-event');
    $sent = only($headers, 'x-webhook-signature');
    $formed = preg_match('/\Asha256=([0-9a-fA-F]{64})\z/', $sent, $signature)
        && preg_match('/\A(?:0|[1-9][0-9]{0,15})\z/', $stated)
        && preg_match('/\A[A-Za-z0-9]+\.[A-Za-z0-9]+\z/', $event)
        && strlen($event) <= EVENT_MAX;
    if (!$formed) {
        throw new Refused(400);
    }
    $mac = hash_hmac('sha256', "$stated.$event.$body", $secret);
    if (!hash_equals($mac, strtolower($signature[1]))) {
        throw new Refused(401);
    }
    if (abs($now - (int) $stated) > TOLERANCE_S) {
        throw new Refused(401);
    }
    return $mac;
}

/**
 * On disk under its MAC before the answer. A name can be linked once, so a repetition, also one at
 * the same moment or after a restart, is kept once; it is answered 200 like the first.
 */
function keep(string $folder, string $mac, array $headers, string $body): void
{
    $draft = "$folder/.$mac." . getmypid();
    $head = implode('', array_map(fn ($header) => "$header[0]: $header[1]\r\n", $headers));
    $file = fopen($draft, 'xb');
    if (!$file || fwrite($file, "$head\r\n$body") === false || !fsync($file) || !fclose($file)) {
        throw new RuntimeException("$draft can't be written");
    }
    $linked = @link($draft, "$folder/$mac") || file_exists("$folder/$mac");
    unlink($draft);
    if (!$linked) {
        throw new RuntimeException("$mac can't be kept");
    }
}

// ---- HTTP ---------------------------------------------------------------------------------------

class Connection
{
    public function __construct(private $client, private string $secret, private string $folder)
    {
        stream_set_timeout($client, IDLE_S);
    }

    private function line(): string
    {
        $line = fgets($this->client, HEAD_MAX);
        if ($line === false) {
            throw new Gone();
        }
        if (!preg_match('/\A([^\0\r\n]*)\r\n\z/', $line, $found)) {
            throw new Refused(400);
        }
        return $found[1];
    }

    private function exactly(int $count): string
    {
        $data = $count > 0 ? stream_get_contents($this->client, $count) : '';
        if (strlen($data) < $count) {
            throw new Gone();
        }
        return $data;
    }

    private function headers(): array
    {
        $headers = [];
        $size = 0;
        while (($text = $this->line()) !== '') {
            $size += strlen($text);
            $formed = preg_match(HEADER, $text, $found);
            if (!$formed || $size > HEAD_MAX || count($headers) === HEADERS_MAX) {
                throw new Refused(400);
            }
            $headers[] = [$found[1], $found[2]];
        }
        return $headers;
    }

    private function chunks(): string
    {
        $body = '';
        while (true) {
            if (!preg_match('/\A([0-9a-fA-F]{1,8})(?:;.*)?\z/', $this->line(), $found)) {
                throw new Refused(400);
            }
            $size = hexdec($found[1]);
            if (strlen($body) + $size > BODY_MAX) {
                throw new Refused(413);
            }
            if ($size === 0) {
                $this->headers(); // trailers: read, and not believed
                return $body;
            }
            $body .= $this->exactly($size);
            if ($this->line() !== '') {
                throw new Refused(400);
            }
        }
    }

    private function body(string $version, array $headers): string
    {
        $lengths = values_of($headers, 'content-length');
        $codings = values_of($headers, 'transfer-encoding');
        if ($codings) {
            if ($lengths || $version !== '1' || array_map('strtolower', $codings) !== ['chunked']) {
                throw new Refused(400);
            }
            return $this->chunks();
        }
        if (count($lengths) > 1 || ($lengths && !preg_match('/\A[0-9]{1,18}\z/', $lengths[0]))) {
            throw new Refused(400);
        }
        if ($lengths && (int) $lengths[0] > BODY_MAX) {
            throw new Refused(413);
        }
        return $lengths ? $this->exactly((int) $lengths[0]) : '';
    }

    private function status(string $method, string $target, array $headers, string $body): int
    {
        if (explode('?', $target)[0] !== PATH) {
            return 404;
        }
        if ($method !== 'POST') {
            return 405;
        }
        try {
            $mac = verify($this->secret, $headers, $body, time());
        } catch (Refused $refused) {
            return $refused->getCode();
        }
        keep($this->folder, $mac, $headers, $body);
        return 200;
    }

    private function answer(int $status, string $more = ''): void
    {
        fwrite($this->client, "HTTP/1.1 $status \r\nContent-Length: 0\r\n$more\r\n");
    }

    /** Reads and answers a message; whether another may follow on the connection. */
    private function one(): bool
    {
        $first = $this->line();
        $first = $first === '' ? $this->line() : $first; // an empty line in front is passed over
        $formed = preg_match(REQUEST_LINE, $first, $found);
        $headers = $this->headers();
        if (!$formed || count(values_of($headers, 'host')) !== 1) {
            throw new Refused(400);
        }
        [, $method, $target, $version] = $found;
        if (strtolower(only($headers, 'expect')) === '100-continue') {
            fwrite($this->client, "HTTP/1.1 100 Continue\r\n\r\n");
        }
        $body = $this->body($version, $headers);
        $this->answer($this->status($method, $target, $headers, $body));
        return $version === '1' && strtolower(only($headers, 'connection')) !== 'close';
    }

    public function serve(): void
    {
        try {
            while ($this->one()) {
            }
        } catch (Refused $refused) {
            $this->answer($refused->getCode(), "Connection: close\r\n");
            stream_socket_shutdown($this->client, STREAM_SHUT_WR);
            stream_get_contents($this->client, BODY_MAX); // a reset would take the answer with it
        } catch (Gone) {
            return;
        }
    }
}

[, $port, $folder] = $argv;
$secret = getenv('WEBHOOK_SECRET');
if ($secret === false || $secret === '') {
    exit("WEBHOOK_SECRET is empty\n");
}
$server = stream_socket_server("tcp://127.0.0.1:$port") ?: exit("can't listen\n");
pcntl_signal(SIGCHLD, SIG_IGN);
echo 'http://', stream_socket_get_name($server, false), PATH, "\n";
while (true) {
    $client = @stream_socket_accept($server, -1);
    if ($client === false) {
        continue;
    }
    if (pcntl_fork() !== 0) {
        fclose($client); // without memory for a process the client tries again
        continue;
    }
    fclose($server);
    (new Connection($client, $secret, $folder))->serve();
    exit(0);
}
