"""A collector that is none of ours: takes OTLP over HTTP, reads it with opentelemetry-proto (PyPI), and prints each request as a line of JSON.

    otlp_sink.py RAW     prints its port; appends the bytes of each body to the file RAW

`POST /mode` changes how it behaves: {"status": 503} answers so, {"hang": true} takes requests and does not answer, {"reject": 3} says it did not take
that many. `{}` is as at first.
"""

import http.server
import json
import sys
import threading

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest, ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

KINDS = {
    "/v1/traces": (ExportTraceServiceRequest, ExportTraceServiceResponse, "rejected_spans"),
    "/v1/metrics": (ExportMetricsServiceRequest, ExportMetricsServiceResponse, "rejected_data_points"),
    "/v1/logs": (ExportLogsServiceRequest, ExportLogsServiceResponse, "rejected_log_records"),
}
MODE = {}
CHANGED = threading.Condition()
WRITING = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/mode":
            with CHANGED:
                MODE.clear()
                MODE.update(json.loads(body))
                CHANGED.notify_all()
            return self.answer(200, b"{}")
        request, response, rejected = KINDS[self.path]
        with CHANGED:
            while MODE.get("hang"):
                CHANGED.wait()
            status, reject = MODE.get("status", 200), MODE.get("reject")
        message = request.FromString(body)
        line = json.dumps({"path": self.path, "status": status, "headers": {name.lower(): value for name, value in self.headers.items()},
                           "body": MessageToDict(message)})
        with WRITING:
            with open(sys.argv[1], "ab") as raw:
                raw.write(body)
            print(line, flush=True)
        answer = response()
        if reject:
            setattr(answer.partial_success, rejected, reject)
            answer.partial_success.error_message = "too many"
        return self.answer(status, answer.SerializeToString())

    def answer(self, status, body):
        try:
            self.send_response(status)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            # Nobody waits for it any more.
            self.close_connection = True

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
# Ends with whoever started it.
threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
print(server.server_address[1], flush=True)
server.serve_forever()
