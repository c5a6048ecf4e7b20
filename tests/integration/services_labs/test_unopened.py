"""A cluster that is badly described or cannot be reached: each state has its reason, for learner and operator."""

from pathlib import Path

import pytest

from lms.config import Settings
from lms.late_provider import LateProvider
from lms.models import Lab, User, db
from lms.services import lab_reconciler, lab_troubles, lab_views, labs
from lms.supervisor import cluster_findings
from lms.supervisor.plan import forwarder
from tests.conftest import make_settings
from tests.factories.kubeconfigs import NOBODY_THERE
from tests.factories.offers import LAB


@pytest.fixture
def described(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a platform whose labs are on a cluster; neither its description nor the way to it is there."""
    # What KUBECONFIG says is read once in a process.
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "kubeconfig"))
    more = {"provider": "kubernetes", "cluster": tmp_path / "cluster.yaml"}
    return make_settings(tmp_path, database=settings.database_url, **more)


def test_each_mistake_is_named_until_it_is_mended(described: Settings, learner: User, tmp_path: Path) -> None:
    provider, lab = LateProvider(described), labs.start(learner, LAB)
    cluster, kubeconfig = tmp_path / "cluster.yaml", tmp_path / "kubeconfig"
    _met(provider, lab, learner, "unopened", "cluster.yaml")

    cluster.write_text("images: {}\nresolver_imag: x\n")
    _met(provider, lab, learner, "unopened", "cluster.yaml:2")
    assert forwarder(described), "whoever cannot tell yet whether a port is forwarded is ready to"

    cluster.write_text("images: {}\nresolver_image: x\n")
    _met(provider, lab, learner, "unopened", "no way to the cluster")
    kubeconfig.write_text("{ this is no kubeconfig")
    _met(provider, lab, learner, "unopened", "kubernetes")
    assert not forwarder(described)

    kubeconfig.write_text(NOBODY_THERE)
    _met(provider, lab, learner, "missing", "no image for workspace, tools")
    cluster.write_text("images: {workspace: x, tools: x}\nresolver_image: x\n")
    _met(provider, lab, learner, "away", "the cluster does not answer")
    assert labs.owned(learner, lab.id).starts == 1


def test_the_doctor_says_what_to_do(described: Settings, tmp_path: Path) -> None:
    (found,) = cluster_findings.examine(described)
    assert (found.state, "cluster.yaml" in found.what, "ACADEMY_CLUSTER" in found.mend) == ("missing", True, True)
    (tmp_path / "cluster.yaml").write_text("images: {tools: x}\nresolver_image: x\n")
    read, images, cluster = cluster_findings.examine(described)
    assert (read.state, images.state, cluster.state) == ("good", "missing", "missing")
    assert "examiner" in images.what and "python -m labs images" in images.mend
    assert "no way to the cluster" in cluster.what and "KUBECONFIG" in cluster.mend


def _met(provider: LateProvider, lab: Lab, learner: User, name: str, reason: str) -> None:
    db.session.execute(db.update(Lab).values(not_before=None))
    db.session.commit()
    assert lab_reconciler.reconcile(lab.id, owner="a", provider=provider) is not None, "it is tried again"
    view = lab_views.view(learner, LAB)
    assert view.trouble and (view.shown, view.trouble.name) == ("starting", name)
    assert reason in view.trouble.reason
    (line,) = lab_troubles.of_everybody()
    assert reason in line.what
