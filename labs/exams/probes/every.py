"""All probes together: the one place to add a new one."""

from typing import Annotated

from pydantic import Field

from labs.exams.probes.command import CommandCheck
from labs.exams.probes.file_data import FileDataCheck
from labs.exams.probes.file_text import FileTextCheck
from labs.exams.probes.http_json import HttpJsonCheck
from labs.exams.probes.mlflow_model_version import MlflowModelVersionCheck
from labs.exams.probes.mlflow_run import MlflowRunCheck
from labs.exams.probes.prometheus_query import PrometheusQueryCheck
from labs.exams.probes.prometheus_rule import PrometheusRuleCheck
from labs.exams.probes.prometheus_target import PrometheusTargetCheck
from labs.exams.probes.serving_predict import ServingPredictCheck

Check = Annotated[
    MlflowRunCheck
    | MlflowModelVersionCheck
    | ServingPredictCheck
    | HttpJsonCheck
    | PrometheusTargetCheck
    | PrometheusQueryCheck
    | PrometheusRuleCheck
    | FileTextCheck
    | FileDataCheck
    | CommandCheck,
    Field(discriminator="probe"),
]
