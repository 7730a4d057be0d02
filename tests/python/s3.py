"""A small S3 for tests: what the relay uses of it, in memory. Prints its port.

It asks for a key as Amazon's does (the name of it; a signature is not checked), and for nothing else.
"""

import re
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

KEY = "AMEND"
objects = {}
uploads = {}


class S3(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def ask(self):
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        key = urllib.parse.unquote(path).lstrip("/").partition("/")[2]
        credential = f"Credential={KEY}/"
        if credential not in self.headers.get("Authorization", ""):
            self.answer(403, "<Error><Code>AccessDenied</Code></Error>")
            return
        getattr(self, "on_" + self.command)(key, query, body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = ask

    def on_PUT(self, key, query, body):
        if "uploadId" in query:
            uploads[query["uploadId"]][int(query["partNumber"])] = body
        else:
            objects[key] = body
        self.answer(200, headers=[("ETag", '"1"')])

    def on_POST(self, key, query, body):
        if "delete" in query:
            for name in re.findall(r"<Key>(.*?)</Key>", body.decode()):
                objects.pop(name, None)
            self.answer(200, "<DeleteResult/>")
        elif "uploads" in query:
            upload = str(len(uploads) + 1)
            uploads[upload] = {}
            self.answer(200, f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>")
        else:
            parts = uploads.pop(query["uploadId"])
            objects[key] = b"".join(parts[nr] for nr in sorted(parts))
            self.answer(200, '<CompleteMultipartUploadResult><ETag>"1"</ETag></CompleteMultipartUploadResult>')

    def on_DELETE(self, key, query, _):
        if "uploadId" in query:
            uploads.pop(query["uploadId"], None)
        else:
            objects.pop(key, None)
        self.answer(204)

    def on_HEAD(self, key, query, body):
        self.on_GET(key, query, body)

    def on_GET(self, key, query, _):
        if "list-type" in query:
            found = sorted(name for name in objects if name.startswith(query.get("prefix", "")))
            rows = "".join(
                f'<Contents><Key>{escape(name)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>'
                f'<ETag>"1"</ETag><Size>{len(objects[name])}</Size></Contents>'
                for name in found
            )
            self.answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>")
            return
        if key not in objects:
            self.answer(404, "<Error><Code>NoSuchKey</Code></Error>")
            return
        body, status, headers = objects[key], 200, []
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if wanted:
            first, last = int(wanted[1]), min(int(wanted[2]), len(body) - 1)
            headers = [("Content-Range", f"bytes {first}-{last}/{len(body)}")]
            body, status = body[first : last + 1], 206
        headers += [("ETag", '"1"'), ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")]
        self.answer(status, body, headers)


server = ThreadingHTTPServer(("127.0.0.1", 0), S3)
print(server.server_port, flush=True)
sys.exit(server.serve_forever())
