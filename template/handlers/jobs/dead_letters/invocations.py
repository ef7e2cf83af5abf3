"""Asynchronous invocations that failed for good, as Lambda records them.

Source: "Capturing records of Lambda asynchronous invocations", Lambda developer guide.
"""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from handlers.jobs.dead_letters.diagnosis import Diagnosis
from handlers.platform.aws.lambda_functions import Functions
from handlers.platform.base.failure_reasons import line, reason_of
from handlers.platform.messaging.dead_letters import DeadLetter

_NO_RECORD: Final = "it cannot be replayed: find out who sent it"
_UNKNOWN: Final = "it cannot be replayed: this stack has no such function that runs asynchronously"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class _RequestContext(_Part):
    request_id: str
    function_arn: str
    condition: str
    approximate_invoke_count: int


class _Record(_Part):
    """What Lambda sends to a failure destination, as far as it matters here."""

    timestamp: AwareDatetime
    request_context: _RequestContext
    request_payload: Any
    response_payload: Any = None


class Invocations:
    """The failed asynchronous invocations of all functions."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def diagnose(self, letters: Sequence[DeadLetter]) -> list[Diagnosis]:
        """Say of each record which function failed, and with what error."""
        return [self._diagnosis(letter) for letter in letters]

    def replay(self, letter: DeadLetter) -> None:
        """Invoke the function once more, with what it was given."""
        record = _Record.model_validate_json(letter.body)
        key = self._functions.key_of(record.request_context.function_arn)
        if key is None:
            raise ValueError(_UNKNOWN)
        self._functions.start(key, record.request_payload)

    def _diagnosis(self, letter: DeadLetter) -> Diagnosis:
        try:
            record = _Record.model_validate_json(letter.body)
        except ValidationError as error:
            reason = f"not a record of an invocation: {reason_of(error)}"
            return Diagnosis(letter.sent_at, reason=reason, held=_NO_RECORD, is_replayable=False)
        context = record.request_context
        key = self._functions.key_of(context.function_arn)
        facts = {"function": key or context.function_arn, "requestId": context.request_id}
        return Diagnosis(
            record.timestamp,
            facts,
            context.approximate_invoke_count,
            _reason(record),
            held=None if key else _UNKNOWN,
            is_replayable=key is not None,
        )


def _reason(record: _Record) -> str:
    match record.response_payload:
        case {"errorMessage": message, **more}:
            return line(f"{more.get('errorType', 'Error')}: {message}")
    return f"{record.request_context.condition}, without an answer of the function"
