"""Requests that an SDK repeats, answered once.

An SDK that lost an answer sends its request again, under the same ``amz-sdk-invocation-id``. By
then the first one may have been carried out, and a service that is busy may still be at it.
"""

from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_READS = {"GET", "HEAD", "OPTIONS"}


class AnsweredOnce:
    """A WSGI application whose repeated requests get the answer that the first one got.

    Reads pass by: to do them twice changes nothing. So does a request after one that ended in a
    failure of the server (5xx): it is done anew.

    Args:
        application: What carries requests out.
        kept: How many answers are remembered.
    """

    def __init__(self, application: "WSGIApplication", kept: int = 4096) -> None:
        self._application = application
        self._kept = kept
        self._answers: OrderedDict[str, Future[Response]] = OrderedDict()
        self._lock = Lock()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if not invocation or environ["REQUEST_METHOD"] in _READS:
            return self._application(environ, start_response)
        with self._lock:
            answer = self._answers.get(invocation)
            first = answer is None
            if answer is None:
                answer = self._answers[invocation] = Future()
                while len(self._answers) > self._kept:
                    self._answers.popitem(last=False)
        if first:
            self._carry_out(invocation, environ, answer)
        return answer.result()(environ, start_response)

    def _carry_out(
        self, invocation: str, environ: "WSGIEnvironment", answer: "Future[Response]"
    ) -> None:
        try:
            response = Response.from_app(self._application, environ, buffered=True)
        except BaseException as error:
            self._forget(invocation)
            answer.set_exception(error)
            return
        if response.status_code >= 500:
            self._forget(invocation)
        answer.set_result(response)

    def _forget(self, invocation: str) -> None:
        with self._lock:
            self._answers.pop(invocation, None)
