"""CloudWatch.

The provider reads a composite alarm's rule and its actions suppressor; moto stores composite
alarms as metric alarms and forgets both.
"""

from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse

from saasgen.sandbox.aws.patching import action

_KEPT = {
    "ActionsSuppressor": "actions_suppressor",
    "ActionsSuppressorWaitPeriod": "actions_suppressor_wait_period",
    "ActionsSuppressorExtensionPeriod": "actions_suppressor_extension_period",
    "AlarmRule": "alarm_rule",
}


def apply() -> None:
    """Keep what makes an alarm composite."""

    @action(CloudWatchResponse)
    def put_composite_alarm(self: Any) -> Any:
        answer = self.put_metric_alarm()
        alarm = self.cloudwatch_backend.alarms[self._get_param("AlarmName")]
        for parameter, name in _KEPT.items():
            setattr(alarm, name, self._get_param(parameter))
        return answer
