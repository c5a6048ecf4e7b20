"""Where exams are held: where the labs of this installation run, and on this machine where those are processes."""

from __future__ import annotations

from labs.exams.host import ExamHost
from labs.ports import Provider
from lms.config import Settings
from lms.late_provider import LateProvider

#: Containers start more slowly than processes, and an exam starts up to nine systems.
ELSEWHERE_SECONDS = 900.0


def exam_host_of(settings: Settings, provider: LateProvider) -> ExamHost | None:
    """Give the host that goes with the provider; None is this machine. A client is loaded only where it is used.

    ProviderUnopened where the provider cannot be opened.
    """
    makers = {"docker": _engine, "kubernetes": _cluster}
    make = makers.get(settings.provider)
    return make(provider.opened()) if make else None


def _engine(provider: Provider) -> ExamHost | None:
    from labs.exams.hosts.engine import EngineExamHost
    from labs.exams.hosts.engine_settings import EngineExamSettings
    from labs.providers.docker.provider import DockerProvider

    if not isinstance(provider, DockerProvider):
        return None
    told = provider.settings
    settings = EngineExamSettings(
        images=told.images, installation=told.installation, address=told.address, pool=told.pool
    )
    return EngineExamHost(settings)


def _cluster(provider: Provider) -> ExamHost | None:
    from labs.exams.hosts.cluster import ClusterExamHost
    from labs.providers.kubernetes.client import ApiCluster
    from labs.providers.kubernetes.provider import KubernetesProvider

    if not isinstance(provider, KubernetesProvider) or not isinstance(provider.cluster, ApiCluster):
        return None
    return ClusterExamHost(provider.cluster, provider.settings, provider.installation)
