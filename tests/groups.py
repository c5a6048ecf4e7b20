"""Which process of pytest-xdist runs which test, and when it is told; tests.machine registers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from _pytest.nodeid import coerce_node_id
from xdist.scheduler import LoadGroupScheduling

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController


class Groups:
    """Makes `xdist_group` hold: pytest 9.2 keeps a test's id elsewhere than where pytest-xdist 3.8 writes the group."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if not getattr(config.option, "loadgroup", False):
            return
        for item in items:
            grouped = vars(item).get("_nodeid")
            if grouped and item.nodeid != grouped:
                item._id = coerce_node_id(grouped)  # pytest's own, since 9.2

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> OneAhead | None:
        return OneAhead(config, log) if config.option.dist == "loadgroup" else None


class OneAhead(LoadGroupScheduling):
    """Gives a process its next work when it begins its last test; pytest-xdist does two tests before that.

    What one process was told no other can take: at the end it would wait while two long tests lie in the other's queue.
    """

    def _reschedule(self, node: WorkerController) -> None:
        if self.workqueue and self._pending_of(self.assigned_work[node]) > 1:
            return
        super()._reschedule(node)
