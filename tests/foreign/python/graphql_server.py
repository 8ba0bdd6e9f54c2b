"""A GraphQL server that is not ours, on graphql-core: the business behind a Flow.

    python3 graphql_server.py TOKEN

listens on a free port of loopback, prints its URL, and answers only with the
header `authorization: Bearer TOKEN`. INTROSPECTION=off in the environment turns
introspection off.
"""

import hmac
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from graphql import GraphQLError, build_schema, graphql_sync, parse, validate
from graphql.validation import NoSchemaIntrospectionCustomRule

SCHEMA = build_schema(
    """
    scalar Day
    enum Part { MORNING EVENING }
    type Query {
      slots(day: Day, part: Part): [Slot!]!
      slot(id: ID!, seats: Int!): Chosen!
      hint: String!
    }
    type Mutation { book(name: String!): BookResult! }
    type Slot { id: ID!  time: String!  isFree: Boolean!  note: String }
    type Chosen { summary: String! }
    union BookResult = Booking | SlotTaken | NameTooShort | SessionEnded
    interface Failure { message: String! }
    type Booking { number: Int!  key: String!  note: String }
    type SlotTaken { message: String!  freeSlots: [Slot!]! }
    type NameTooShort implements Failure { message: String! }
    type SessionEnded { message: String! }
    """
)


def parse_day(value):
    if not isinstance(value, str) or len(value) != 10:
        raise GraphQLError("a day looks like 2026-11-23")
    return value


SCHEMA.type_map["Day"].parse_value = parse_day


def book(info, name):
    if len(name) < 2:
        return {"__typename": "NameTooShort", "message": "Please tell us your whole name."}
    if name == "taken":
        return {"__typename": "SlotTaken", "message": "Somebody was faster.", "freeSlots": []}
    if name == "ended":
        return {"__typename": "SessionEnded", "message": "This offer has ended."}
    if name == "broken":
        raise GraphQLError("SELECT secret FROM rooms")
    if name == "message":
        raise GraphQLError("Not on Sundays.", extensions={"code": "FLOW_MESSAGE"})
    return {"__typename": "Booking", "number": 7, "key": info.context["idempotency_key"], "note": None}


ROOT = {
    "slots": lambda info, day=None, part="MORNING": [
        {"id": "a", "time": f"{day or 'any day'} {part}", "isFree": True, "note": None}
    ],
    "slot": lambda info, id, seats: {"summary": f"{seats} at {id}"},
    "hint": lambda info: f"{info.context['event']} for {info.context['flow_token']}",
    "book": book,
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        expected = f"Bearer {sys.argv[1]}"
        if not hmac.compare_digest(self.headers.get("authorization", ""), expected):
            return self.reply(401, b"")
        request = json.loads(body)
        # The same name for the same mutation, in header and body.
        context = dict(request.get("extensions", {}).get("flowgate", {}))
        key = self.headers.get("idempotency-key")
        assert key is None or key == context["idempotency_key"]
        if os.environ.get("INTROSPECTION") == "off":
            errors = validate(SCHEMA, parse(request["query"]), [NoSchemaIntrospectionCustomRule])
            if errors:
                reply = {"errors": [error.formatted for error in errors]}
                return self.reply(400, json.dumps(reply).encode())
        result = graphql_sync(
            SCHEMA,
            request["query"],
            root_value=ROOT,
            context_value=context,
            variable_values=request.get("variables"),
            operation_name=request.get("operationName"),
        )
        self.reply(200, json.dumps(result.formatted).encode())

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_address[1]}/graphql", flush=True)
server.serve_forever()
