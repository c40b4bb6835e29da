#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
#
# A right receiver of webinone webhooks in Perl: its core modules, a process a connection.
#
#     WEBHOOK_SECRET=... receiver.pl PORT FOLDER      prints its URL when it listens
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use IO::Handle;
use IO::Socket::INET;
use Socket qw(SHUT_WR);

my $PATH = "/api/webhook";
my $TOLERANCE_S = 300;
my ($HEAD_MAX, $HEADERS_MAX, $BODY_MAX, $EVENT_MAX) = (65536, 256, 4 << 20, 256);
my $IDLE_S = 10; # a silent client keeps its process no longer
my $GONE = "the client is gone";

my ($port, $folder) = @ARGV;
my $secret = $ENV{WEBHOOK_SECRET};
die "WEBHOOK_SECRET is empty\n" unless defined $secret && length $secret;

# ---- The delivery --------------------------------------------------------------------------------

# All values of a header, in any case of its name.
sub values_of {
    my ($headers, $name) = @_;
    return map { $_->[1] } grep { lc $_->[0] eq $name } @$headers;
}

# Which of two headers counts is open, so neither does.
sub only {
    my @values = values_of(@_);
    return @values == 1 ? $values[0] : "";
}

# Looks at every byte, so that its time does not tell how many are right.
sub same {
    my ($left, $right) = @_;
    my $differs = length($left) != length($right);
    $differs |= ord(substr $left, $_, 1) ^ ord(substr $right, $_, 1) for 0 .. length($left) - 1;
    return !$differs;
}

# The HTTP status, and the MAC in hex, which names the delivery. The form of the headers comes
# first, then the MAC, and only what it covers is believed: the time last.
sub verify {
    my ($headers, $body, $now) = @_;
    my ($signature) = only($headers, "x-webhook-signature") =~ /\Asha256=([0-9a-fA-F]{64})\z/;
    my ($stated) = only($headers, "x-webhook-timestamp") =~ /\A(0|[1-9][0-9]{0,15})\z/;
    my ($event) = only($headers, "x-webhook-event") =~ /\A([A-Za-z0-9]+\.[A-Za-z0-9]+)\z/;
    return 400 unless defined $signature && defined $stated && defined $event;
    return 400 if length $event > $EVENT_MAX;
    my $mac = hmac_sha256_hex("$stated.$event.$body", $secret);
    return 401 unless same($mac, lc $signature);
    return 401 if abs($now - $stated) > $TOLERANCE_S;
    return (200, $mac);
}

# On disk under its MAC before the answer. A name can be linked once, so a repetition, also one at
# the same moment or after a restart, is kept once; it is answered 200 like the first.
sub keep {
    my ($mac, $headers, $body) = @_;
    my $draft = "$folder/.$mac.$$";
    open my $file, ">:raw", $draft or die "$draft: $!";
    print $file map { "$_->[0]: $_->[1]\r\n" } @$headers;
    print $file "\r\n", $body;
    $file->flush && $file->sync && close $file or die "$draft: $!";
    link $draft, "$folder/$mac" or $!{EEXIST} or die "$mac: $!";
    unlink $draft;
    # Perl can't open a folder to flush it; syncfs(2) of a file within it would be the way.
    return;
}

# ---- HTTP ----------------------------------------------------------------------------------------

my $client;
my $ahead = ""; # has arrived and is not yet read

sub more {
    alarm $IDLE_S; # ends this process
    my $got = sysread $client, $ahead, 65536, length $ahead;
    die $GONE unless $got; # also when it ends within a message
    return;
}

sub line {
    more() while index($ahead, "\n") < 0 && length $ahead <= $HEAD_MAX;
    my $end = index $ahead, "\n";
    my $line = substr $ahead, 0, $end + 1, "";
    die 400 unless $end >= 0 && $line =~ /\A([^\0\r\n]*)\r\n\z/;
    return $1;
}

sub exactly {
    my ($count) = @_;
    more() while length $ahead < $count;
    return substr $ahead, 0, $count, "";
}

sub headers {
    my (@headers, $size);
    while (length(my $text = line())) {
        my @header = $text =~ /\A([!#\$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*\z/;
        $size += length $text;
        die 400 if !@header || $size > $HEAD_MAX || @headers == $HEADERS_MAX;
        push @headers, \@header;
    }
    return \@headers;
}

sub chunks {
    my $body = "";
    while (1) {
        my ($size) = line() =~ /\A([0-9a-fA-F]{1,8})(?:;.*)?\z/;
        die 400 unless defined $size;
        $size = hex $size;
        die 413 if length($body) + $size > $BODY_MAX;
        if ($size == 0) {
            headers(); # trailers: read, and not believed
            return $body;
        }
        $body .= exactly($size);
        die 400 if length line();
    }
}

sub body {
    my ($version, $headers) = @_;
    my @lengths = values_of($headers, "content-length");
    my @codings = values_of($headers, "transfer-encoding");
    if (@codings) {
        die 400 if @lengths || $version ne "1" || @codings > 1 || lc $codings[0] ne "chunked";
        return chunks();
    }
    die 400 if @lengths > 1 || @lengths && $lengths[0] !~ /\A[0-9]{1,15}\z/;
    die 413 if @lengths && $lengths[0] > $BODY_MAX;
    return @lengths ? exactly($lengths[0]) : "";
}

# An answer has no body: it tells nobody what was wrong.
sub answer {
    my ($status, $more) = @_;
    syswrite $client, "HTTP/1.1 $status \r\nContent-Length: 0\r\n" . ($more // "") . "\r\n";
    return;
}

sub status {
    my ($method, $target, $headers, $body) = @_;
    return 404 if (split /\?/, $target)[0] ne $PATH;
    return 405 if $method ne "POST";
    my ($status, $mac) = verify($headers, $body, time);
    keep($mac, $headers, $body) if $status == 200;
    return $status;
}

# Reads and answers a message; whether another may follow on the connection.
sub one {
    my $first = line();
    $first = line() if $first eq ""; # an empty line in front is passed over
    my ($method, $target, $version) =
        $first =~ m{\A([A-Z]+) (?:http://[^/]*)?(/[!-"\$-~]*) HTTP/1\.([01])\z};
    my $headers = headers();
    die 400 unless defined $version && values_of($headers, "host") == 1;
    syswrite $client, "HTTP/1.1 100 Continue\r\n\r\n"
        if lc(only($headers, "expect")) eq "100-continue";
    my $body = body($version, $headers);
    answer(status($method, $target, $headers, $body));
    return $version eq "1" && lc(only($headers, "connection")) ne "close";
}

sub serve {
    eval { 1 while one(); 1 } and return;
    my ($status) = $@ =~ /\A(4\d\d) at /;
    if (!defined $status) {
        print STDERR $@ unless $@ =~ /\A\Q$GONE/;
        return;
    }
    answer($status, "Connection: close\r\n");
    shutdown $client, SHUT_WR;
    eval { $ahead = "", more() while 1 }; # a reset would take the answer with it
    return;
}

my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $port, Listen => 64,
    ReuseAddr => 1) or die "listen: $@\n";
$SIG{CHLD} = "IGNORE";
$| = 1;
print "http://127.0.0.1:", $server->sockport, "$PATH\n";
while (1) {
    $client = $server->accept or next;
    if (fork // 1) { # without memory for a process the client tries again
        close $client;
        next;
    }
    close $server;
    binmode $client;
    serve();
    exit 0;
}
