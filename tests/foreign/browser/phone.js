// Plays a phone with WhatsApp behind it, with the browser's WebCrypto.
//
// The page's server gives the settings at /settings.json and takes the outcome
// at /report. The script is described in ../README.md.

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const utf8 = new TextEncoder();

async function importPublicKey(pem, hash) {
  const der = fromBase64(pem.replace(/-----[^-]+-----|\s/g, ""));
  return crypto.subtle.importKey("spki", der, { name: "RSA-OAEP", hash }, false, ["encrypt"]);
}

async function sign(appSecret, body) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8.encode(appSecret), algorithm, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(body)));
  return `sha256=${[...mac].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

async function seal(settings, request, hash) {
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const aesKey = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, true, ["encrypt", "decrypt"]);
  const clear = utf8.encode(JSON.stringify(request));
  const encrypted = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, aesKey, clear);
  const publicKey = await importPublicKey(settings.public_key, hash);
  const raw = await crypto.subtle.exportKey("raw", aesKey);
  const wrapped = await crypto.subtle.encrypt({ name: "RSA-OAEP" }, publicKey, raw);
  const envelope = {
    encrypted_flow_data: base64(new Uint8Array(encrypted)),
    encrypted_aes_key: base64(new Uint8Array(wrapped)),
    initial_vector: base64(iv),
  };
  return { envelope, aesKey, iv };
}

async function open(text, aesKey, iv) {
  const replyIv = iv.map((byte) => byte ^ 0xff);
  const clear = await crypto.subtle.decrypt({ name: "AES-GCM", iv: replyIv }, aesKey, fromBase64(text));
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(clear));
}

function contains(whole, part) {
  if (part === null || typeof part !== "object") {
    return whole === part;
  }
  return (
    whole !== null &&
    typeof whole === "object" &&
    Array.isArray(whole) === Array.isArray(part) &&
    Object.entries(part).every(([key, value]) => contains(whole[key], value))
  );
}

const equal = (one, other) => contains(one, other) && contains(other, one);

async function run(step, settings) {
  const { envelope, aesKey, iv } = await seal(settings, step.request, step.oaep_hash ?? "SHA-256");
  let body = JSON.stringify(envelope);
  if (step.escape_slashes) {
    body = body.replaceAll("/", "\\/");
  }
  const headers = { "content-type": "application/json" };
  if (step.sign !== false) {
    headers["x-hub-signature-256"] = await sign(settings.app_secret, body);
  }
  const response = await fetch(settings.endpoint, { method: "POST", headers, body });
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
  const reply = await open(text, aesKey, iv);
  const fits = step.reply ? equal(reply, expected) : contains(reply, expected);
  if (!fits) {
    throw new Error(`reply ${JSON.stringify(reply)}, expected ${JSON.stringify(expected)}`);
  }
}

async function play() {
  const done = [];
  let current = "settings";
  try {
    const settings = await (await fetch("/settings.json")).json();
    for (const step of settings.script) {
      current = step.name;
      await run(step, settings);
      done.push(current);
    }
    return { done };
  } catch (error) {
    return { done, failed: `${current}: ${error.name}: ${error.message}` };
  }
}

await fetch("/report", { method: "POST", body: JSON.stringify(await play()) });
