"""A server for the training that is less smooth than the bench's: by HTTP or TLS, with answers that are packed, that fail now and then, and messages of a stream."""

import base64
import gzip
import hashlib
import http.server
import json
import ssl
import struct
import threading

ANSWER = json.dumps({"status": "ok", "result": {"id": 7, "text": "a" * 360}}).encode()
TOKEN = json.dumps({"access_token": "a-token-of-the-training-0123456789", "token_type": "Bearer", "expires_in": 3600}).encode()
MESSAGES = 256


def frame(text):
    """A frame of a WebSocket, not masked, of a text of 126 bytes or more (RFC 6455 section 5.2)."""
    data = text.encode()
    return b"\x81\x7e" + struct.pack(">H", len(data)) + data


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    count = 0

    def log_message(self, *_):
        """Says nothing."""

    def answer(self, status, body, *fields):
        self.send_response(status)
        for name, value in (("content-type", "application/json"), ("content-length", str(len(body))), *fields):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.count += 1
        if self.path == "/token":
            self.answer(200, TOKEN)
        elif self.count % 50 == 49:
            self.answer(503, b'{"error": "later"}', ("retry-after", "0"))
        elif self.count % 4 == 3:
            self.answer(200, gzip.compress(ANSWER, 1), ("content-encoding", "gzip"))
        else:
            self.answer(200, ANSWER)

    def do_GET(self):
        key = self.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        for name, value in (("upgrade", "websocket"), ("connection", "Upgrade"),
                            ("sec-websocket-accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())):
            self.send_header(name, value)
        self.end_headers()
        # What the client says first. That it goes away ends this.
        self.connection.recv(4096)
        messages = (json.dumps({"type": "message", "id": f"m-{n:08}", "topic": "bench", "data": {"n": n, "text": "a" * 100}}, separators=(",", ":")) for n in range(MESSAGES))
        frames = b"".join(map(frame, messages))
        try:
            while True:
                self.connection.sendall(frames)
        except OSError:
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    """The server, while it is a context: `url` says where it is."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server_address[1]}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # In the thread of the connection, not in that which accepts.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, *_):
        """A client that goes away is none."""

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
