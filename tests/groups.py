"""Keeps tests of one pytest-xdist group in one process; tests.machine registers it."""

import pytest
from _pytest.nodeid import coerce_node_id


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
