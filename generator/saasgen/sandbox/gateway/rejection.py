"""Why API Gateway itself answers a request, and with which gateway response.

Source: "Gateway response types for API Gateway", API Gateway developer guide.
"""

DEFAULTS = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "API_CONFIGURATION_ERROR": (500, "Internal server error"),
    "BAD_REQUEST_BODY": (400, "Invalid request body"),
    "BAD_REQUEST_PARAMETERS": (400, "Missing required request parameters"),
    "DEFAULT_5XX": (502, "Internal server error"),
    "INTEGRATION_FAILURE": (504, "Internal server error"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "REQUEST_TOO_LARGE": (413, "Request Too Long"),
    "THROTTLED": (429, "Too Many Requests"),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported Media Type"),
}


class RejectionError(Exception):
    """API Gateway answers by itself.

    Args:
        kind: the type of the gateway response, e.g. `UNAUTHORIZED`.
        message: what `$context.error.message` says; the type's usual words by default.
        validation_error: what `$context.error.validationErrorString` says.
        reason: for the gateway's log only.
    """

    def __init__(
        self, kind: str, message: str | None = None, validation_error: str = "", reason: str = ""
    ) -> None:
        self.kind = kind
        self.status, usual = DEFAULTS[kind]
        self.message = message or usual
        self.validation_error = validation_error
        self.reason = reason
        super().__init__(f"{kind}: {reason or self.message}")
