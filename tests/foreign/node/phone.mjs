// Plays a phone with WhatsApp behind it, with Node's crypto.
//
// Usage: node phone.mjs URL PUBLIC_KEY_FILE APP_SECRET SCRIPT_FILE
// The script is described in ../README.md.

import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

const [url, publicKeyFile, appSecret, scriptFile] = process.argv.slice(2);
if (!scriptFile) {
  console.error("usage: node phone.mjs URL PUBLIC_KEY_FILE APP_SECRET SCRIPT_FILE");
  process.exit(2);
}
const publicKey = crypto.createPublicKey(readFileSync(publicKeyFile));
const script = JSON.parse(readFileSync(scriptFile, "utf8"));

function seal(request, oaepHash) {
  const aesKey = crypto.randomBytes(16);
  const iv = crypto.randomBytes(16);
  const cipher = crypto.createCipheriv("aes-128-gcm", aesKey, iv);
  const encrypted = Buffer.concat([
    cipher.update(JSON.stringify(request), "utf8"),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  const padding = crypto.constants.RSA_PKCS1_OAEP_PADDING;
  const wrapped = crypto.publicEncrypt({ key: publicKey, padding, oaepHash }, aesKey);
  const envelope = {
    encrypted_flow_data: encrypted.toString("base64"),
    encrypted_aes_key: wrapped.toString("base64"),
    initial_vector: iv.toString("base64"),
  };
  return { envelope, aesKey, iv };
}

function open(text, aesKey, iv) {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) {
    throw new Error("reply is not plain base64");
  }
  const sealed = Buffer.from(text, "base64");
  const replyIv = Buffer.from(iv.map((byte) => ~byte));
  const decipher = crypto.createDecipheriv("aes-128-gcm", aesKey, replyIv);
  decipher.setAuthTag(sealed.subarray(-16));
  const clear = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  return JSON.parse(clear.toString("utf8"));
}

function contains(whole, part) {
  if (part === null || typeof part !== "object" || Array.isArray(part)) {
    return isDeepStrictEqual(whole, part);
  }
  return (
    whole !== null &&
    typeof whole === "object" &&
    Object.entries(part).every(([key, value]) => contains(whole[key], value))
  );
}

async function run(step) {
  const { envelope, aesKey, iv } = seal(step.request, step.oaep_hash ?? "sha256");
  let body = JSON.stringify(envelope);
  if (step.escape_slashes) {
    body = body.replaceAll("/", "\\/");
  }
  const headers = { "content-type": "application/json" };
  if (step.sign !== false) {
    const mac = crypto.createHmac("sha256", appSecret).update(body).digest("hex");
    headers["x-hub-signature-256"] = `sha256=${mac}`;
  }
  const signal = AbortSignal.timeout(10_000);
  const response = await fetch(url, { method: "POST", headers, body, signal });
  const text = await response.text();
  if (response.status !== step.status) {
    throw new Error(`status ${response.status}, expected ${step.status}`);
  }
  const expected = step.reply ?? step.reply_contains;
  if (expected === undefined) {
    if (text !== "") {
      throw new Error(`body of ${text.length} characters, expected none`);
    }
    return;
  }
  const reply = open(text, aesKey, iv);
  const fits = step.reply ? isDeepStrictEqual(reply, expected) : contains(reply, expected);
  if (!fits) {
    throw new Error(`reply ${JSON.stringify(reply)}, expected ${JSON.stringify(expected)}`);
  }
}

if (script.length === 0) {
  throw new Error("the script has no steps");
}
for (const step of script) {
  try {
    await run(step);
  } catch (error) {
    console.error(`${step.name}: ${error.message}`);
    process.exit(1);
  }
  console.log(`ok: ${step.name}`);
}
