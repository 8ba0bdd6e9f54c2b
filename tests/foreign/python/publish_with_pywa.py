"""Sets the business public key with pywa's own client code.

Arguments: URL of a Cloud API, phone number id, file of the public key. The
access token comes from ACCESS_TOKEN. Prints what pywa makes of the reply, as
one line of JSON. pywa knows no other server than graph.facebook.com, so the
transport below it sends its requests, unchanged but for host and port, to the
URL given.
"""

import json
import os
import sys

import httpx
import pywa
import pywa.errors


class ToServer(httpx.HTTPTransport):
    """Sends every request to one server."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.server = httpx.URL(url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(
            scheme=self.server.scheme, host=self.server.host, port=self.server.port
        )
        request.headers["host"] = self.server.netloc.decode()
        return super().handle_request(request)


def main() -> None:
    url, phone_id, key_file = sys.argv[1:]
    client = pywa.WhatsApp(
        phone_id=phone_id,
        token=os.environ["ACCESS_TOKEN"],
        session=httpx.Client(transport=ToServer(url), trust_env=False),
    )
    with open(key_file, encoding="ascii") as file:
        public_key = file.read()
    try:
        result = client.set_business_public_key(public_key)
        print(json.dumps({"pywa": pywa.__version__, "success": bool(result)}))
    except pywa.errors.WhatsAppError as error:
        print(json.dumps({"pywa": pywa.__version__, "error": error.code}))


if __name__ == "__main__":
    main()
