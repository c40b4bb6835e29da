#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A receiver of webinone webhooks that is right, or wrong in exactly one way.

Without --fault it must pass every case; with --fault NAME it breaks one rule, and the harness must
say which. The line protocol of cmd: targets is --cmd; --http is a server on 127.0.0.1 that prints
its URL, keeps what it accepts, a file a delivery, and answers a GET with the number kept.
"""
import argparse
import base64
import json
import sys

from webinone import Refused, Verifier


def to_bytes(value):
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value.encode()


def body_of(request):
    if "body_base64" in request:
        return base64.b64decode(request["body_base64"])
    if "body_repeat" in request:
        return request["body_repeat"]["text"].encode() * request["body_repeat"]["count"]
    return request.get("body", "").encode()


def judge(verifier, case):
    request = case["request"]
    secrets = case.get("secrets") or [{"secret": case["secret"]}]
    keys = [each["secret"].encode() for each in secrets
            if verifier.fault == "keeps-expired" or
            not each.get("not_after") or case["now"] <= each["not_after"]]
    headers = [(name.encode(), to_bytes(value)) for name, value in request.get("headers", [])]
    try:
        verifier.verify(keys, case["now"], request.get("url", ""), headers, body_of(request))
    except Refused as refused:
        return str(refused)
    return "ok"


def serve_lines(verifier, with_status):
    for line in sys.stdin.buffer:
        case = json.loads(line)
        status = judge(verifier, case)
        answer = {"id": case["id"], "accept": status == "ok"}
        if with_status:
            answer["status"] = status
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def serve_http(options):
    from server import Server  # what it needs takes longer to load than all the rest
    with Server(options.fault, options.secret.encode(), options.port, options.folder) as server:
        print("http://127.0.0.1:%d/api/webhook" % server.server_address[1], flush=True)
        server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--cmd", action="store_true")
    mode.add_argument("--http", action="store_true")
    parser.add_argument("--fault", help="one of mutants.py")
    parser.add_argument("--status", action="store_true", help="name the status (--cmd)")
    parser.add_argument("--secret", help="the receiver's secret, a public one (--http)")
    parser.add_argument("--port", type=int, default=0, help="0: a free one (--http)")
    parser.add_argument("--folder", help="for what is kept; without it nothing is written (--http)")
    options = parser.parse_args()
    if options.cmd:
        serve_lines(Verifier(options.fault), options.status)
    elif options.secret:
        serve_http(options)
    else:
        parser.error("--http needs --secret")


if __name__ == "__main__":
    main()
