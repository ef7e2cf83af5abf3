"""SNS.

The provider reads SignatureVersion, TracingConfig and the delivery feedback settings of a topic
back from GetTopicAttributes; moto stores them and does not return them.

SNS hands the trace in the header of a publishing call to the queues that subscribed, as the system
attribute AWSTraceHeader of each message; moto drops it.
"""

from contextvars import ContextVar
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sns.responses import SNSResponse
from moto.sqs.models import SQSBackend

from saasgen.sandbox.aws.patching import Function, around

_PROTOCOLS = ("HTTP", "SQS", "Lambda", "Firehose", "Application")
_FEEDBACK = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
_STORED = (
    "SignatureVersion",
    "TracingConfig",
    "ArchivePolicy",
    "FifoThroughputScope",
    *(f"{protocol}{setting}" for protocol in _PROTOCOLS for setting in _FEEDBACK),
)

_trace_header: ContextVar[str | None] = ContextVar("trace_header", default=None)
"""That of the publishing call under way."""


def apply() -> None:
    """Close the gaps of topics."""
    _return_what_was_stored()
    _hand_traces_to_queues()


def _return_what_was_stored() -> None:
    @around(SNSResponse, "get_topic_attributes")
    def get_topic_attributes(original: Function, self: Any) -> Any:
        answer = original(self)
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        for name in _STORED:
            value = getattr(topic, camelcase_to_underscores(name), None)
            if value not in (None, ""):
                answer.result["Attributes"][name] = value
        return answer


def _hand_traces_to_queues() -> None:
    def under_its_trace(original: Function, self: Any) -> Any:
        token = _trace_header.set(self.headers.get("X-Amzn-Trace-Id"))
        try:
            return original(self)
        finally:
            _trace_header.reset(token)

    for call in ("publish", "publish_batch"):
        around(SNSResponse, call)(under_its_trace)

    @around(SQSBackend, "send_message")
    def send_message(original: Function, self: Any, *rest: Any, **settings: Any) -> Any:
        header = _trace_header.get()
        if header is not None:
            attribute = {"DataType": "String", "StringValue": header}
            settings["system_attributes"] = {"AWSTraceHeader": attribute}
        return original(self, *rest, **settings)
