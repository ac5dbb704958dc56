#!/usr/bin/env python3
"""Asks `ngram serve` for so many answers a second over loopback, and says how long they took.

    benches/serve.py [MODEL [RATE [SECONDS]]]

Needs target/release/ngram, or NGRAM, the path of another build. Without MODEL it trains one on corpora/sample.txt. Each
request is sent when it is due, on one of 16 connections that are kept open; its time runs from then, so that a server
that falls behind is seen to. Fails if an answer is no 200, or if the rate was not kept.
"""

import collections
import json
import os
import pathlib
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
NGRAM = os.environ.get("NGRAM", str(ROOT / "target/release/ngram"))
SAMPLE = ROOT / "corpora/sample.txt"
CONNECTIONS = 16


def memory(process):
    """The memory that a process holds, in MB."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1000


def processor(process):
    """The processor time that a process has used, in seconds."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Connection:
    """A connection that is kept open, with at most one request under way."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer = b""

    def send(self, when, path, request):
        self.when, self.path = when, path
        self.socket.sendall(request)

    def read(self):
        """Reads what has arrived; returns the status once the answer is whole."""
        more = self.socket.recv(1 << 16)
        if not more:
            raise ConnectionError("the server closed a connection")
        self.answer += more
        head, _, body = self.answer.partition(b"\r\n\r\n")
        length = head.lower().split(b"content-length: ")
        if len(length) < 2 or len(body) < int(length[1].split(b"\r\n")[0]):
            return None
        self.answer = b""
        return int(head[9:12])


def drive(connections, requests):
    """Sends each request when it is due, or as soon as a connection is free. Returns the path and the time of each
    from when it was due, and every status but 200. One thread: several would wait for each other."""
    selector = selectors.DefaultSelector()
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    free, times, wrong, at = collections.deque(connections), [], [], 0
    while len(times) < len(requests):
        now = time.perf_counter()
        while at < len(requests) and free and requests[at][0] <= now:
            free.popleft().send(*requests[at])
            at += 1
        wait = 1.0 if at == len(requests) or not free else requests[at][0] - now
        for key, _ in selector.select(max(0.0, wait)):
            connection = key.data
            status = connection.read()
            if status is not None:
                times.append((connection.path, time.perf_counter() - connection.when))
                free.append(connection)
                if status != 200:
                    wrong.append(status)
    selector.close()
    return times, wrong


def request(path, text):
    """The bytes of a request."""
    body = json.dumps({"text": text}).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def main():
    model, rate, seconds = (sys.argv[1:] + [None, "1000", "10"][len(sys.argv) - 1 :])[:3]
    rate, seconds = int(rate), int(seconds)
    with tempfile.TemporaryDirectory() as folder:
        if model is None:
            model = f"{folder}/model.ngram"
            subprocess.run([NGRAM, "train", str(SAMPLE), "-q", "-o", model], check=True)
        server = subprocess.Popen([NGRAM, "serve", model, "--port", "0"], stdout=subprocess.PIPE, text=True)
        port = int(server.stdout.readline().strip().rstrip("/").rsplit(":", 1)[1])
        lines = [line.strip() for line in SAMPLE.read_text(encoding="utf-8").splitlines() if line.strip()]
        connections = [Connection(port) for _ in range(CONNECTIONS)]
        memories = []
        # The first second warms up, and does not count.
        for part in (rate, rate * seconds):
            memories.append(memory(server.pid))
            used = processor(server.pid)
            begun = time.perf_counter() + 0.05
            requests = []
            for number in range(part):
                line = lines[number % len(lines)][:200]
                path, text = ("/score", line) if number % 2 == 0 else ("/next", line[: len(line) // 2])
                requests.append((begun + number / rate, path, request(path, text)))
            times, wrong = drive(connections, requests)
            took = time.perf_counter() - begun
            used = processor(server.pid) - used
        memories.append(memory(server.pid))
        server.send_signal(signal.SIGINT)
        code = server.wait(10)
        print(f"{len(times):,} requests in {took:.2f} s, {len(times) / took:,.0f} a second; {len(wrong)} went wrong {wrong[:3]}")
        for path in ("/score", "/next"):
            of = sorted(1000 * time for asked, time in times if asked == path)
            at = lambda share: of[min(len(of) - 1, int(share * len(of)))]
            print(f"{path:8} median {at(0.5):.2f} ms, p99 {at(0.99):.2f} ms, p99.9 {at(0.999):.2f} ms, longest {of[-1]:.2f} ms")
        print(f"processor time of the server: {1000 * used / len(times):.3f} ms a request")
        print("memory of the server: " + ", ".join(f"{mb:.1f}" for mb in memories) + " MB at first, warm, at the end")
        print(f"it ended with code {code}")
        return bool(wrong) or code != 0 or took > 1.05 * seconds


if __name__ == "__main__":
    sys.exit(main())
