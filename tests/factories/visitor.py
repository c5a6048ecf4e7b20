"""A learner without a browser: forms and pages over HTTP, wherever the platform and its labs are."""

from __future__ import annotations

import contextlib
import html
import re
import secrets
import ssl
from pathlib import Path
from typing import Any

import httpx

from tests.factories.waiting import until

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
FORM_KEY = re.compile(r'name="form_key"[^>]*value="([^"]+)"')
FRAME = re.compile(r'<iframe title="JupyterLab[^"]*"[^>]*\ssrc="([^"]+)"')


class Visitor:
    """Asks an address for the platform's host name, as a browser does that knows both; labs are behind `door`."""

    def __init__(self, address: str, host: str, *, door: str, tls: ssl.SSLContext | None = None) -> None:
        self.door = door
        self.client = httpx.Client(
            base_url=address, headers={"Host": host}, timeout=30, follow_redirects=False, verify=tls or False,
            event_hooks={"request": [self._names_the_host]},
        )  # fmt: skip
        self.origin = f"{self.client.base_url.scheme}://{host}"

    def _names_the_host(self, request: httpx.Request) -> None:
        """Before TLS begins, as the address is no name of it."""
        request.extensions["sni_hostname"] = httpx.URL(self.origin).host

    def is_answered(self) -> bool:
        """Without a certificate there is no TLS yet, and no answer."""
        with contextlib.suppress(httpx.TransportError):
            return self.client.get("/readyz").status_code == 200
        return False

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return answer.text

    def post(self, path: str, *, form_at: str, files: dict[str, Path] | None = None, **fields: str) -> httpx.Response:
        """Fill the form of the page `form_at` and send it; the answer is a redirect."""
        page = self.page(form_at)
        fields["csrf_token"] = _found(TOKEN, page)
        if key := FORM_KEY.search(page):
            fields["form_key"] = html.unescape(key.group(1))
        sent = {name: (path.name, path.read_bytes()) for name, path in (files or {}).items()}
        came_from = {"Referer": f"{self.origin}{form_at}"}
        answer = self.client.post(path, data=fields, files=sent or None, headers=came_from)
        assert answer.status_code in {302, 303}, (path, answer.status_code, answer.text[-3000:])
        return answer

    def register(self, name: str = "Ada") -> None:
        email = f"{name.lower()}-{secrets.token_hex(4)}@example.org"
        self.post("/register", form_at="/register", name=name, email=email, password=secrets.token_urlsafe(16))

    def start_lab(self, slug: str) -> None:
        self.post(f"/labs/{slug}/start", form_at=f"/labs/{slug}")

    def wait_for_lab(self, slug: str, *, seconds: float) -> str:
        """The address of its workspace, with the credential; a lab that failed is told of at once."""

        def opened() -> str | None:
            answer = self.client.get(f"/labs/{slug}")
            if answer.status_code in {502, 503, 504}:  # the proxy's word for a busy machine
                return None
            page = answer.text
            assert "The lab did not start" not in page, page[page.index("The lab did not start") :][:2000]
            frame = FRAME.search(page)
            return frame and html.unescape(frame.group(1))

        until(f"the lab {slug} is ready", opened, seconds=seconds)
        return opened() or ""

    def check_step(self, slug: str, step: str, *, seconds: float = 60) -> None:
        """Have a step checked that was done; a check that could not be held is told of at once."""
        check = _found(re.compile(rf'"(/labs/of/\d+/steps/{step}/check)"'), self.page(f"/labs/{slug}"))
        self.post(check, form_at=f"/labs/{slug}")

        def passed() -> bool:
            told = self.page(check.removesuffix("/check"))
            assert "We could not check this" not in told, told
            return "Passed" in told

        until(f"the step {step} is passed", passed, seconds=seconds, every=0.2)

    def wait_for_report(self, path: str, *, seconds: float) -> dict[str, Any]:
        """The report of a submission, as its learner downloads it."""

        def report() -> dict[str, Any] | None:
            answer = self.client.get(f"{path}/report.json")
            return dict(answer.json()) if answer.status_code == 200 else None

        until(f"the report of {path}", report, seconds=seconds)
        return report() or {}

    def open(self, url: str) -> httpx.Response:
        """A page of a lab, at its own host name, through the same door; redirects are followed there."""
        parts = httpx.URL(url)
        with httpx.Client(timeout=30) as client:
            for _ in range(5):
                answer = client.get(
                    f"{self.door}{parts.raw_path.decode()}", headers={"Host": f"{parts.host}:{parts.port or 80}"}
                )
                if not answer.is_redirect:
                    break
                parts = parts.join(answer.headers["Location"])
        return answer


def _found(pattern: re.Pattern[str], page: str) -> str:
    match = pattern.search(page)
    assert match, page[:2000]
    return html.unescape(match.group(1))
