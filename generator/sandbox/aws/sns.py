"""SNS.

The provider reads SignatureVersion, TracingConfig and the delivery feedback settings of a topic
back from GetTopicAttributes; moto stores them and does not return them.
"""

from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sns.responses import SNSResponse

from generator.sandbox.aws.patching import Function, around

_PROTOCOLS = ("HTTP", "SQS", "Lambda", "Firehose", "Application")
_FEEDBACK = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
_STORED = (
    "SignatureVersion",
    "TracingConfig",
    "ArchivePolicy",
    "FifoThroughputScope",
    *(f"{protocol}{setting}" for protocol in _PROTOCOLS for setting in _FEEDBACK),
)


def apply() -> None:
    """Return every attribute that was stored."""

    @around(SNSResponse, "get_topic_attributes")
    def get_topic_attributes(original: Function, self: Any) -> Any:
        answer = original(self)
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        for name in _STORED:
            value = getattr(topic, camelcase_to_underscores(name), None)
            if value not in (None, ""):
                answer.result["Attributes"][name] = value
        return answer
