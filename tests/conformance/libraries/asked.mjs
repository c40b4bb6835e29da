// SPDX-License-Identifier: MIT
// What a library can't be asked, in one place, so that all are measured alike.

export function secret({ secrets, Skip }) {
  if (secrets.length !== 1) throw new Skip("takes one secret");
  return secrets[0];
}

// For a library that takes a string: how its callers get one.
export function text({ body, Skip }) {
  const decoded = body.toString("utf8");
  if (!Buffer.from(decoded).equals(body)) throw new Skip("takes the body as text, and this is none");
  return decoded;
}

// The headers of these names, as an object; absent ones are absent.
export function headers(request, ...names) {
  const found = {};
  for (const name of names) {
    const value = request.header(name);
    if (value !== undefined) found[name] = value;
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value ?? "")) {
      throw new request.Skip("servers let no control byte in a header through");
    }
  }
  return found;
}

// For a library that checks the signature alone: headers that its caller has to read.
export function leaves(request, ...names) {
  const found = headers(request, ...names);
  if (names.some((name) => !/^[!-~]{1,256}$/.test(found[name] ?? ""))) {
    throw new request.Skip(`leaves ${names.join(" and ")} to its caller`);
  }
}
