mkdir -p prometheus/rules
cat > prometheus/rules/serving.yml <<'YAML'
groups:
  - name: serving
    rules:
      - record: job:serving_error_share:30s
        expr: |
          sum(rate(prediction_errors_total[30s]))
            / (sum(rate(prediction_errors_total[30s])) + sum(rate(prediction_seconds_count[30s])))
      - alert: ManyBadRequests
        expr: job:serving_error_share:30s > 0.2
        for: 10s
        labels: {severity: page}
        annotations:
          summary: "{{ $value | humanizePercentage }} of the requests fail"
          runbook: runbooks/serving-errors.md
YAML
python prom.py --reload
for _ in $(seq 60); do  # until the evaluation that found two scrapes
    python prom.py job:serving_error_share:30s | grep . && break
    sleep 0.5
done
