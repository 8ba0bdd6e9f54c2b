// Unwraps an AES key with Node's crypto (OpenSSL); see ../README.md.
//
// The first line of output is the version of OpenSSL. The first line of input is the
// ciphertext in base64; each further line is a number of runs, and is answered with the
// nanoseconds that these took.

import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import readline from "node:readline";

const key = crypto.createPrivateKey(readFileSync(process.env.PEER_PRIVATE_KEY_FILE));
const padding = crypto.constants.RSA_PKCS1_OAEP_PADDING;

console.log(process.versions.openssl);
let wrapped;
for await (const line of readline.createInterface({ input: process.stdin })) {
  if (wrapped === undefined) {
    wrapped = Buffer.from(line, "base64");
    continue;
  }
  const start = process.hrtime.bigint();
  for (let run = 0; run < Number(line); run += 1) {
    crypto.privateDecrypt({ key, padding, oaepHash: "sha256" }, wrapped);
  }
  console.log(String(process.hrtime.bigint() - start));
}
