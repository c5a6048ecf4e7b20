"""A view of some kinds of objects that follows the API server: lists, watches, and lists again when it must."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import urllib3
from kubernetes import watch
from kubernetes.client.exceptions import ApiException

JSON = dict[str, Any]
ListCall = Callable[..., Any]


class View:
    """Objects by kind, as the API's JSON. `changed` is set with every difference."""

    def __init__(self, calls: Mapping[str, ListCall]) -> None:
        self.changed = threading.Event()
        self._objects: dict[str, dict[str, JSON]] = {kind: {} for kind in calls}
        self._listed: set[str] = set()
        self._lock = threading.Lock()
        for kind, call in calls.items():
            threading.Thread(target=self._follow, args=(kind, call), name=f"watch-{kind}", daemon=True).start()

    def all(self, kind: str) -> list[JSON]:
        with self._lock:
            return list(self._objects[kind].values())

    @property
    def complete(self) -> bool:
        """Every kind was listed at least once: before, a policy might be missing."""
        with self._lock:
            return len(self._listed) == len(self._objects)

    def _follow(self, kind: str, call: ListCall) -> None:
        while True:
            try:
                self._stream(kind, call, self._list(kind, call))
            except (ApiException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                # 410 among them: what was missed is seen in the next list.
                print(f"{kind}: {type(error).__name__}: {str(error)[:200]}; listing again", flush=True)
                time.sleep(0.2)

    def _list(self, kind: str, call: ListCall) -> str:
        read = json.loads(call(_preload_content=False).data)
        with self._lock:
            self._objects[kind] = {one["metadata"]["uid"]: one for one in read["items"]}
            self._listed.add(kind)
        self.changed.set()
        return str(read["metadata"]["resourceVersion"])

    def _stream(self, kind: str, call: ListCall, version: str) -> None:
        watching: Any = watch.Watch()
        for event in watching.stream(call, resource_version=version, timeout_seconds=300):
            found = event["raw_object"]
            if event["type"] == "ERROR":
                raise ValueError(found.get("message", "the watch ended with an error"))
            with self._lock:
                if event["type"] == "DELETED":
                    self._objects[kind].pop(found["metadata"]["uid"], None)
                elif event["type"] in {"ADDED", "MODIFIED"}:
                    self._objects[kind][found["metadata"]["uid"]] = found
            self.changed.set()
