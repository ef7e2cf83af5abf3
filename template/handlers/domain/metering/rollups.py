"""The one way into the roll-ups: whatever changes usage changes them by its difference."""

from typing import Final, LiteralString

# From rows named `changes`, one for each event that is added (sign 1) or taken back (sign -1).
# Rows are locked in the order of their key: two batches at once cannot wait for each other.
MERGE_CHANGES: Final[LiteralString] = """
    INSERT INTO usage_rollups AS r (
           tenant_id, billed_on, day, model_id, provider_id, user_id, request_type, currency,
           estimated, request_count, input_tokens, output_tokens, cached_count, phi_count,
           latency_ms_total, provider_cost)
    SELECT %(tenant)s, billed_on, day, model_id, provider_id, user_id, request_type, currency,
           estimated, sum(sign), sum(sign * input_tokens), sum(sign * output_tokens),
           coalesce(sum(sign) FILTER (WHERE is_cached), 0),
           coalesce(sum(sign) FILTER (WHERE is_phi_detected), 0),
           sum(sign * latency_ms), sum(sign * provider_cost)
      FROM changes
     GROUP BY billed_on, day, model_id, provider_id, user_id, request_type, currency, estimated
     ORDER BY billed_on, day, model_id, provider_id, user_id, request_type, currency, estimated
    ON CONFLICT ON CONSTRAINT usage_rollups_pkey DO UPDATE
       SET request_count = r.request_count + excluded.request_count,
           input_tokens = r.input_tokens + excluded.input_tokens,
           output_tokens = r.output_tokens + excluded.output_tokens,
           cached_count = r.cached_count + excluded.cached_count,
           phi_count = r.phi_count + excluded.phi_count,
           latency_ms_total = r.latency_ms_total + excluded.latency_ms_total,
           provider_cost = r.provider_cost + excluded.provider_cost
"""
