"""Reading a learner's /metrics: bounded in bytes and samples, refused with a reason."""

from dataclasses import dataclass
from math import isfinite

from prometheus_client.parser import text_string_to_metric_families

from labs.exams.http import HttpClient, HttpFailed

MAX_BYTES = 1024 * 1024
MAX_SAMPLES = 20_000


class BadMetrics(Exception):
    """What is wrong with the exposition, in a sentence."""


@dataclass(frozen=True)
class Metrics:
    """The samples of one scrape."""

    samples: tuple[tuple[str, dict[str, str], float], ...]

    def total(self, name: str, **labels: str) -> float:
        """The sum of the samples that carry these labels, whatever else they carry; 0 when there are none."""
        wanted = labels.items()
        values = (value for sample, given, value in self.samples if sample == name and wanted <= given.items())
        return sum(value for value in values if isfinite(value))

    def has(self, name: str) -> bool:
        """Whether any sample has this name."""
        return any(sample == name for sample, _, _ in self.samples)


async def scrape(client: HttpClient, url: str) -> Metrics:
    """The samples at `url` (Prometheus text format); BadMetrics when it does not give them."""
    try:
        accept = [(b"accept", b"text/plain; version=0.0.4")]
        answer = await client.request("GET", url, headers=accept, limit=MAX_BYTES)
    except HttpFailed as error:
        raise BadMetrics(f"/metrics did not answer properly: {error}.") from error
    if answer.status != 200:
        raise BadMetrics(f"/metrics answered {answer.status} instead of 200.")
    return parse(answer.body.decode("utf-8", "replace"))


def parse(text: str) -> Metrics:
    """The samples in an exposition."""
    samples: list[tuple[str, dict[str, str], float]] = []
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                samples.append((sample.name, dict(sample.labels), float(sample.value)))
                if len(samples) > MAX_SAMPLES:
                    raise BadMetrics(f"/metrics has more than {MAX_SAMPLES:,} samples. Drop labels with many values.")
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise BadMetrics(f"/metrics is not in Prometheus' text format: {str(error)[:200]}.") from error
    return Metrics(tuple(samples))
