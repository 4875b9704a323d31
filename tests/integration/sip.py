"""SIP for the tests: requests by hand, and sipp."""
import re
import socket
import subprocess

from conftest import LIMIT, free_port


class Sip:
    """A request by hand, for what sipp has no scenario for."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(LIMIT)
        self.local = self.socket.getsockname()[1]
        self.count = 0

    def request(self, method, headers="", body=""):
        self.count += 1
        return (f"{method} sip:service@127.0.0.1:{self.port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{self.local};branch=z9hG4bK{self.local}x{self.count}\r\n"
                f"From: <sip:tester@127.0.0.1:{self.local}>;tag=t{self.count}\r\n"
                f"To: <sip:service@127.0.0.1:{self.port}>\r\n"
                f"Call-ID: {self.local}-{self.count}@127.0.0.1\r\nCSeq: 1 {method}\r\n"
                f"Contact: <sip:tester@127.0.0.1:{self.local}>\r\nMax-Forwards: 70\r\n{headers}"
                f"Content-Length: {len(body)}\r\n\r\n{body}")

    def send(self, text):
        self.socket.sendto(text.encode("latin-1"), ("127.0.0.1", self.port))

    def ask(self, method, **more):
        self.send(self.request(method, **more))
        return self.receive()

    def receive(self):
        head = self.socket.recv(65536).decode().split("\r\n\r\n")[0].split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:])
        return int(head[0].split()[1]), headers

    def call(self, **more):
        """Begins a call and acknowledges its 200. Returns: the answer's headers, which name the dialog."""
        invite = self.request("INVITE", **more)
        self.send(invite)
        code, headers = self.receive()
        while code < 200:
            code, headers = self.receive()
        if code == 200:
            self.send(re.sub(r"To: .*", "To: " + headers["To"], invite.split("\r\n\r\n")[0].replace("INVITE", "ACK"))
                      .replace("branch=z9hG4bK", "branch=z9hG4bKack").replace("\n", "\r\n").replace("\r\r", "\r") + "\r\n\r\n")
        return code, headers

    def receive_request(self):
        """Waits for a request of the server, and answers it. Returns: its text."""
        while True:
            text = self.socket.recv(65536).decode()
            if text.startswith("SIP/2.0"):
                continue
            kept = [line for line in text.split("\r\n") if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
            self.send("SIP/2.0 200 OK\r\n" + "\r\n".join(kept) + "\r\nContent-Length: 0\r\n\r\n")
            return text


def tag(header):
    return re.search(r";tag=([^;]+)", header).group(1)


def replaces(headers, more=""):
    """The Replaces header that names the dialog of an answered call (RFC 3891)."""
    return f"Replaces: {headers['Call-ID']};to-tag={tag(headers['To'])};from-tag={tag(headers['From'])}{more}\r\n"


def sipp(server, scenario, calls=1, *more):
    return subprocess.Popen(
        ["sipp", f"127.0.0.1:{server.sip_port}", "-sf", str(scenario), "-i", "127.0.0.1", "-p", str(free_port()), "-m",
         str(calls), "-nostdin", "-timeout", "30", "-timeout_error", *more],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)


def ended_well(process):
    out, _ = process.communicate(timeout=40)
    assert process.returncode == 0, out.decode(errors="replace")[-2000:]
