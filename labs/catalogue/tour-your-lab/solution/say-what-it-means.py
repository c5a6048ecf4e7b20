"""Conclude: it is up, it has no model, nobody should send it traffic."""

from pathlib import Path

import yaml

report = Path("findings.yaml")
findings = yaml.safe_load(report.read_text())
findings["judgement"] = {"process_is_up": True, "model_is_loaded": False, "ready_for_traffic": False}
report.write_text(yaml.safe_dump(findings, sort_keys=False))
