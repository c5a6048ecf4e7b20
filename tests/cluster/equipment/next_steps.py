"""What somebody wants to know who has just installed the platform on the test cluster."""

from urllib.parse import urlsplit

from tests.cluster.equipment import builds
from tests.cluster.equipment.places import Places
from tests.cluster.equipment.platform import LABS_DOMAIN, RELEASE, Installed

TEXT = """
{url}

Open it with a browser on this machine; the platform and each lab have host names that only this cluster knows:
  chromium --host-resolver-rules="MAP {host} {node}, MAP *.{labs} {node}" {url}

Become its administrator, with the link that this prints; it works once:
  KUBECONFIG={kubeconfig} {programs}/kubectl --namespace {namespace} exec {web} -- lms admin link --first

Look around with the programs that this cluster was built with:
  export KUBECONFIG={kubeconfig} PATH="{programs}:$PATH"
  kubectl --namespace {namespace} get pods; helm --namespace {namespace} list

Remove it, with all its labs and data:
  scripts/cluster platform --remove
"""


def what_next(places: Places, installed: Installed) -> str:
    """Commands to paste, whole, with the paths and addresses of this cluster."""
    return TEXT.format(
        url=installed.url, host=installed.host, labs=LABS_DOMAIN, node=urlsplit(installed.address).hostname,
        namespace=installed.namespace, web=f"deployment/{RELEASE}-web",
        kubeconfig=places.kubeconfig, programs=builds.kubernetes(places.cache),
    )  # fmt: skip
