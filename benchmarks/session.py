"""How long the server takes to answer, asked without a browser."""

import threading
import time
import urllib.request

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

PAUSE = 0.2  # seconds between an answer and the next question
DONE = ForwardMsg.FINISHED_SUCCESSFULLY


class Session:
    """Asks for the page, its health, and a run of its script, again and again until `stop`.

    Args:
        address: Of the server, "http://...".
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._answers: dict[str, list[float]] = {"page": [], "health": [], "script": []}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> dict[str, list[float]]:
        """Seconds until each answer was there in whole; infinite if there was none."""
        self._ended.set()
        self._thread.join()
        return self._answers

    def _ask(self) -> None:
        stream = self._address.replace("http://", "ws://") + "/_stcore/stream"
        with connect(stream, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
            _rerun(socket)  # the first run, which draws all
            while not self._ended.wait(PAUSE):
                for name, address in (("page", ""), ("health", "/_stcore/health")):
                    took = seconds_to_get(self._address + address)
                    self._answers[name].append(took or float("inf"))
                self._answers["script"].append(_rerun(socket))


def seconds_to_get(address: str) -> float | None:
    """How long a page takes to come; None if it does not."""
    began = time.monotonic()
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            answer.read()
    except OSError:
        return None
    return time.monotonic() - began


def _rerun(socket: ClientConnection) -> float:
    """What a click sends, without a change; seconds until the script had run to its end."""
    began = time.monotonic()
    question = BackMsg()
    question.rerun_script.SetInParent()
    socket.send(question.SerializeToString())
    while True:
        answer = ForwardMsg()
        answer.ParseFromString(socket.recv(timeout=60))  # type: ignore[arg-type]
        if answer.WhichOneof("type") == "script_finished" and answer.script_finished == DONE:
            return time.monotonic() - began
