// Answers Flows with Node's HTTP server and crypto; see ../README.md.
//
// With --read-key-each-time=FORM the key is kept as the passphrase-protected text that
// WhatsApp's guide has people make, and read anew for each request, as the example
// there does. The guide's command, `openssl genrsa -des3`, writes pkcs8 with OpenSSL 3;
// older versions and the samples' key generator write pkcs1.

import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";

const privateKey = crypto.createPrivateKey(readFileSync(process.env.PEER_PRIVATE_KEY_FILE));
const appSecret = process.env.PEER_APP_SECRET;
const TAG_BYTES = 16;

function reading(type) {
  const passphrase = "test-only";
  const cipher = "des-ede3-cbc";
  const key = privateKey.export({ type, format: "pem", cipher, passphrase });
  return () => crypto.createPrivateKey({ key, passphrase });
}

const option = process.argv[2];
const form = option?.match(/^--read-key-each-time=(pkcs1|pkcs8)$/)?.[1];
if (option && !form) throw new Error(`unknown option ${option}`);
const readKey = form ? reading(form) : () => privateKey;

function isSigned(body, header) {
  const mac = crypto.createHmac("sha256", appSecret).update(body).digest("hex");
  const expected = Buffer.from(`sha256=${mac}`);
  const found = Buffer.from(header ?? "");
  return found.length === expected.length && crypto.timingSafeEqual(found, expected);
}

function open(body) {
  const envelope = JSON.parse(body);
  const padding = crypto.constants.RSA_PKCS1_OAEP_PADDING;
  const wrapped = Buffer.from(envelope.encrypted_aes_key, "base64");
  const aesKey = crypto.privateDecrypt({ key: readKey(), padding, oaepHash: "sha256" }, wrapped);
  const iv = Buffer.from(envelope.initial_vector, "base64");
  const sealed = Buffer.from(envelope.encrypted_flow_data, "base64");
  const decipher = crypto.createDecipheriv("aes-128-gcm", aesKey, iv);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const clear = [decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()];
  return { request: JSON.parse(Buffer.concat(clear).toString("utf8")), aesKey, iv };
}

function seal(response, aesKey, iv) {
  const replyIv = Buffer.from(iv.map((byte) => ~byte));
  const cipher = crypto.createCipheriv("aes-128-gcm", aesKey, replyIv);
  const sealed = [cipher.update(JSON.stringify(response), "utf8"), cipher.final()];
  return Buffer.concat([...sealed, cipher.getAuthTag()]).toString("base64");
}

function answer(body, signature) {
  if (!isSigned(body, signature)) return { status: 432, text: "" };
  let opened;
  try {
    opened = open(body);
  } catch {
    return { status: 421, text: "" };
  }
  const { request, aesKey, iv } = opened;
  const response = { screen: request.screen, data: request.data };
  return { status: 200, text: seal(response, aesKey, iv) };
}

const server = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const signature = request.headers["x-hub-signature-256"];
    const { status, text } = answer(Buffer.concat(parts), signature);
    response.writeHead(status, {
      "content-type": "text/plain",
      "content-length": Buffer.byteLength(text),
    });
    response.end(text);
  });
});

server.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${server.address().port}`));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
