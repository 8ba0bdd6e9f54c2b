"""Plays a phone with WhatsApp behind it, with Python's cryptography.

Usage: phone.py URL PUBLIC_KEY_FILE APP_SECRET SCRIPT_FILE
The script is described in ../README.md.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import urllib.error
import urllib.request

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# No proxy of the environment: the endpoint is named by its address.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
HASHES = {"SHA-256": hashes.SHA256, "SHA-1": hashes.SHA1}


class Unexpected(Exception):
    """Says what was found instead of what was expected."""


def seal(public_key, request, oaep_hash):
    aes_key, iv = os.urandom(16), os.urandom(16)
    clear = json.dumps(request, ensure_ascii=False).encode()
    oaep = padding.OAEP(mgf=padding.MGF1(oaep_hash()), algorithm=oaep_hash(), label=None)
    parts = {
        "encrypted_flow_data": AESGCM(aes_key).encrypt(iv, clear, None),
        "encrypted_aes_key": public_key.encrypt(aes_key, oaep),
        "initial_vector": iv,
    }
    envelope = {name: base64.b64encode(part).decode() for name, part in parts.items()}
    return envelope, aes_key, iv


def open_reply(body, aes_key, iv):
    sealed = base64.b64decode(body, validate=True)
    reply_iv = bytes(byte ^ 0xFF for byte in iv)
    return json.loads(AESGCM(aes_key).decrypt(reply_iv, sealed, None))


def post(url, headers, body):
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with OPENER.open(request, timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()


def contains(whole, part):
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and contains(whole[key], value) for key, value in part.items()
        )
    return whole == part


def run(step, url, public_key, app_secret):
    oaep_hash = HASHES[step.get("oaep_hash", "SHA-256")]
    envelope, aes_key, iv = seal(public_key, step["request"], oaep_hash)
    body = json.dumps(envelope)
    if step.get("escape_slashes"):
        body = body.replace("/", "\\/")
    body = body.encode()
    headers = {"Content-Type": "application/json"}
    if step.get("sign", True):
        mac = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature-256"] = f"sha256={mac}"
    status, text = post(url, headers, body)
    if status != step["status"]:
        raise Unexpected(f"status {status}, expected {step['status']}")
    expected = step.get("reply", step.get("reply_contains"))
    if expected is None:
        if text:
            raise Unexpected(f"body of {len(text)} bytes, expected none")
        return
    reply = open_reply(text, aes_key, iv)
    fits = reply == expected if "reply" in step else contains(reply, expected)
    if not fits:
        raise Unexpected(f"reply {reply!r}, expected {expected!r}")


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    url, public_key_file, app_secret, script_file = sys.argv[1:]
    with open(public_key_file, "rb") as file:
        public_key = serialization.load_pem_public_key(file.read())
    with open(script_file, encoding="utf-8") as file:
        script = json.load(file)
    if not script:
        sys.exit("the script has no steps")
    for step in script:
        try:
            run(step, url, public_key, app_secret)
        except Exception as error:  # Whatever went wrong, the step is named.
            sys.exit(f"{step['name']}: {type(error).__name__}: {error}")
        print(f"ok: {step['name']}", flush=True)


if __name__ == "__main__":
    main()
