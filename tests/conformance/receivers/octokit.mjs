// SPDX-License-Identifier: MIT
// GitHub's own middleware on Node's http server, as its README has it.
import { createServer } from "node:http";
import { createNodeMiddleware, Webhooks } from "@octokit/webhooks";

const log = { debug() {}, info() {}, warn() {}, error() {} };
const webhooks = new Webhooks({ secret: process.env.SECRET, log });
createServer(createNodeMiddleware(webhooks, { path: "/hook", log })).listen(process.argv[2], "127.0.0.1");
