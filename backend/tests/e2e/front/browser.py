"""A headless Chromium, driven by its DevTools protocol over a pipe: no driver, no library."""

import fcntl
import json
import os
import select
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CHROMIUM = os.environ.get("CHROMIUM", "chromium-headless-shell")
PATIENCE_SECONDS = 20
CHUNK = 1 << 16
# Chromium reads commands from descriptor 3 and answers on 4; ours are kept out of their way.
LOWEST_DESCRIPTOR = 10
# Said of every page that comes by plain HTTP, from anywhere but localhost.
WITHOUT_TLS = "The Cross-Origin-Opener-Policy header has been ignored"

_FOCUS = """(label => {
    const labels = [...document.querySelectorAll("label")];
    const field = labels.find(each => each.innerText.trim() === label)?.control;
    field?.focus();
    return field !== undefined && document.activeElement === field;
})"""
_PRESS = """(text => {
    const all = [...document.querySelectorAll("a, button")];
    const found = all.find(each => each.innerText.trim() === text);
    found?.click();
    return found !== undefined;
})"""


class Browser:
    """One window. What its pages complain about on the console is in `complaints`."""

    def __init__(self, profile: Path, hosts: str) -> None:
        """Start it with an empty profile; `hosts` says where names lead (MAP name address, ...)."""
        self.complaints: list[str] = []
        self._sent = 0
        self._unread = b""
        self._session: str | None = None
        reading, self._commands = (_out_of_the_way(each) for each in os.pipe())
        self._answers, writing = (_out_of_the_way(each) for each in os.pipe())
        # The sandbox is the container that the tests run in: it has no right to make another one.
        flags = ["--headless", "--no-sandbox", "--disable-dev-shm-usage", "--remote-debugging-pipe"]
        flags += [f"--user-data-dir={profile}", f"--host-resolver-rules={hosts}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$0" "$@" 3<&{reading} 4>&{writing}', CHROMIUM, *flags],
            pass_fds=(reading, writing),
            env={**os.environ, "HOME": str(profile)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(reading)
        os.close(writing)

    def __enter__(self) -> Self:
        """Open the window."""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._ask(f"{domain}.enable")
        self._ask("Emulation.setFocusEmulationEnabled", enabled=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        os.close(self._commands)
        os.close(self._answers)

    @property
    def path(self) -> str:
        """The path in the address bar."""
        return str(self.tell("location.pathname"))

    def open(self, url: str) -> None:
        """Load an address, as if it had been typed in."""
        assert "errorText" not in self._ask("Page.navigate", url=url), url

    def reload(self) -> None:
        """Load the page again, and wait until it is another document."""
        self.tell("void (window.isOld = true)")
        self._ask("Page.reload")
        self.until("!window.isOld && document.readyState === 'complete'")

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label."""
        self.until(f"{_FOCUS}({json.dumps(label)})")
        self._ask("Input.insertText", text=text)

    def press(self, text: str) -> None:
        """Press the link or button with this text."""
        self.until(f"{_PRESS}({json.dumps(text)})")

    def see(self, *texts: str) -> None:
        """Wait until all these texts are on the page at once."""
        self.until(f"{json.dumps(texts)}.every(text => document.body?.innerText.includes(text))")

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression is true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.tell(f"Boolean({condition})"):
            shown = self.tell("document.body?.innerText")
            assert time.monotonic() < deadline, f"{condition}\n{shown}\n{self.complaints}"
            time.sleep(0.05)

    def tell(self, expression: str) -> object:
        """Return the value of a JavaScript expression, None while the page is being replaced."""
        answer = self._ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        value: object = answer.get("result", {}).get("value")
        return value

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Return the result of a command, and note what else is said meanwhile."""
        self._sent += 1
        command = {"id": self._sent, "method": method, "params": parameters}
        if self._session is not None:
            command["sessionId"] = self._session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        while True:
            message = self._next()
            if message.get("id") == self._sent:
                result: dict[str, Any] = message.get("result", {})
                return result
            self._note(message.get("method"), message.get("params", {}))

    def _next(self) -> dict[str, Any]:
        """Return the next message; each ends with a NUL."""
        while b"\0" not in self._unread:
            is_ready, _, _ = select.select([self._answers], [], [], PATIENCE_SECONDS)
            chunk = os.read(self._answers, CHUNK) if is_ready else b""
            assert chunk, "the browser does not answer"
            self._unread += chunk
        message, _, self._unread = self._unread.partition(b"\0")
        parsed: dict[str, Any] = json.loads(message)
        return parsed

    def _note(self, event: str | None, said: dict[str, Any]) -> None:
        if event == "Runtime.exceptionThrown":
            details = said["exceptionDetails"]
            self.complaints.append(str(details.get("exception", details).get("description")))
        elif event == "Log.entryAdded":
            entry = said["entry"]
            if entry["level"] in {"error", "warning"} and not entry["text"].startswith(WITHOUT_TLS):
                self.complaints.append(f"{entry['text']} {entry.get('url', '')}")


def _out_of_the_way(descriptor: int) -> int:
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR)
    os.close(descriptor)
    return moved
