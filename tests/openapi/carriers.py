"""Imitations of who carries what the house sends: Twilio's Messages, programs that take webhooks, an SMTP server.

They take all there is and keep nothing. Prints `WEB_PORT MAIL_PORT` once both listen.
"""

import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer

sids = itertools.count(1)


class Web(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = json.dumps({"sid": f"SM{next(sids)}", "status": "queued"}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Mail(StreamRequestHandler):
    """A session of SMTP (RFC 5321), as short as it can be."""

    def handle(self):
        self.wfile.write(b"220 post.example ESMTP\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
            self.wfile.write(b"221 goodbye\r\n" if word == b"QUIT" else b"250 fine\r\n")
            if word == b"QUIT":
                return


def serve(server):
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever).start()
    return server.server_address[1]


print(serve(ThreadingHTTPServer(("127.0.0.1", 0), Web)), serve(ThreadingTCPServer(("127.0.0.1", 0), Mail)), flush=True)
