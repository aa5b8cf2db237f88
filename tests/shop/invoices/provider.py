"""A provider of e-invoices as a process of its own: takes what is signed, and answers a number.

`python -m tests.shop.invoices.provider SECRET STATUS` prints its port, then each call as a line of
JSON: whether the signature holds, and the body.
"""

import hashlib
import hmac
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET, STATUS = sys.argv[1].encode(), int(sys.argv[2])


class Handler(BaseHTTPRequestHandler):
    """One call after the other."""

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        at = self.headers["X-Invoice-Timestamp"].encode()
        wanted = hmac.new(SECRET, at + b"." + raw, hashlib.sha256).hexdigest()
        good = self.headers["X-Invoice-Signature"] == f"sha256={wanted}"
        print(json.dumps({"good": good, "body": json.loads(raw)}), flush=True)
        said = {"state": "issued", "serial": "1C26TAA", "number": "88"}
        answer = json.dumps(said).encode() if STATUS == 200 else b""
        self.send_response(STATUS)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words):
        """Only the calls are printed."""


server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
