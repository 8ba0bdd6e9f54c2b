"""Answers Flows with uvicorn and cryptography; see ../README.md."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import socket
import sys
import threading

import uvicorn
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

with open(os.environ["PEER_PRIVATE_KEY_FILE"], "rb") as file:
    PRIVATE_KEY = serialization.load_pem_private_key(file.read(), password=None)
APP_SECRET = os.environ["PEER_APP_SECRET"].encode()
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def is_signed(body, header):
    mac = hmac.new(APP_SECRET, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(header, b"sha256=" + mac.encode())


def open_request(body):
    envelope = json.loads(body)
    aes_key = PRIVATE_KEY.decrypt(base64.b64decode(envelope["encrypted_aes_key"]), OAEP)
    iv = base64.b64decode(envelope["initial_vector"])
    sealed = base64.b64decode(envelope["encrypted_flow_data"])
    aes = AESGCM(aes_key)
    return json.loads(aes.decrypt(iv, sealed, None)), aes, iv


def seal(response, aes, iv):
    reply_iv = bytes(byte ^ 0xFF for byte in iv)
    return base64.b64encode(aes.encrypt(reply_iv, json.dumps(response).encode(), None))


def answer(body, signature):
    if not is_signed(body, signature):
        return 432, b""
    try:
        request, aes, iv = open_request(body)
    except (ValueError, KeyError, InvalidTag):
        return 421, b""
    return 200, seal({"screen": request["screen"], "data": request["data"]}, aes, iv)


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    signature = dict(scope["headers"]).get(b"x-hub-signature-256", b"")
    status, text = answer(b"".join(parts), signature)
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def end_with_standard_input():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    # Taken over by the connections; head and body are written apart.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(f"127.0.0.1:{listener.getsockname()[1]}", flush=True)
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="error"
    )
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
