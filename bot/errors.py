"""Every error that the service raises on purpose.

KouanError
├── InvalidInputError            what was sent cannot be accepted; carries all faults at once
├── PayloadTooLargeError
├── NotFoundError
├── NotAuthenticatedError        who asks is not known
├── NotPermittedError            who asks is known and may not
│   └── SelfApprovalError        a notice approved by its author
├── NotEntitledError             a shipment that is not theirs
├── BindingRefusedError          a binding code that does not open the declaration
├── InvitationRefusedError       a one-time code that opens no firm
├── SessionNotPrivateError       a conversation that others could enter may not hold a shipment
├── ConflictError                the state does not allow the act
├── IdempotencyKeyInvalidError
├── IdempotencyKeyReusedError    the key was used for another request
├── RequestRunningError          the first request with the key still runs
├── AnswerNotKeptError           the request was done; its answer held a secret
├── TooManyAttemptsError
├── UnavailableError             a part that is needed is away
│   └── NluUnavailableError
│       └── NluTimeoutError
├── StartError                   the product cannot start; the message says what to do
└── ChannelError                 a message could not be handed to a channel
    ├── RateLimitedError         wait `retry_after_s`, the chat alone or the whole channel
    ├── RecipientGoneError       blocked, deleted: never try again
    ├── ChatMigratedError        the chat has a new address
    ├── MessageRejectedError     the channel will never take this message
    │   └── MessageGoneError     the message to be changed is not there any more
    └── ChannelUnavailableError  time-out, connection cut, 5xx: try again

`code` is stable and goes to clients; `http_status` is what a route answers with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal


class KouanError(Exception):
    """Root of the tree. `code`: stable machine name. `http_status`: the answer's status when it reaches a route."""

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500


@dataclass(frozen=True)
class Fault:
    """One thing wrong with what was sent. where: JSON path or field name; code: stable; message: English sentence."""

    where: str
    code: str
    message: str


class InvalidInputError(KouanError):
    """What was sent cannot be accepted. faults: all that is wrong, in the order found; never empty.

    forward: what can be done in its place, as JSON for the problem document; None where there is nothing to say.
    """

    code = "invalid-input"
    http_status = 422
    forward: Mapping[str, Any] | None = None

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{f.where}: {f.message}" for f in faults))
        self.faults = faults


class PayloadTooLargeError(KouanError):
    """The body is larger than `limit_bytes`."""

    code = "payload-too-large"
    http_status = 413

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The body is larger than {limit_bytes} bytes.")
        self.limit_bytes = limit_bytes


class NotFoundError(KouanError):
    """Nothing of that kind under that id, or nothing that the asker may know of."""

    code = "not-found"
    http_status = 404

    def __init__(self, what: str) -> None:
        super().__init__(f"No such {what}.")
        self.what = what


class NotAuthenticatedError(KouanError):
    """No valid key, signature or session."""

    code = "not-authenticated"
    http_status = 401


class NotPermittedError(KouanError):
    """The role or the key's scope does not reach this far."""

    code = "not-permitted"
    http_status = 403


class SelfApprovalError(NotPermittedError):
    """A notice is approved by another person than its author."""

    code = "self-approval"


class NotEntitledError(KouanError):
    """The declaration is not bound to this person. The same answer whether or not it exists."""

    code = "not-entitled"
    http_status = 403


class BindingRefusedError(KouanError):
    """The binding code does not open this declaration: wrong, expired, used up, or for another one; never says which."""

    code = "binding-refused"
    http_status = 403


class InvitationRefusedError(KouanError):
    """The one-time code opens no firm: wrong, expired, taken back or used; never says which."""

    code = "invitation-refused"
    http_status = 403

    def __init__(self) -> None:
        super().__init__("This code opens no firm. Ask for a new one.")


class SessionNotPrivateError(KouanError):
    """The conversation id was not issued by the service, so that others could guess it."""

    code = "session-not-private"
    http_status = 403


class ConflictError(KouanError):
    """The object's state does not allow the act. state: the state it is in."""

    code = "conflict"
    http_status = 409

    def __init__(self, message: str, *, state: str) -> None:
        super().__init__(message)
        self.state = state


class IdempotencyKeyInvalidError(KouanError):
    """The Idempotency-Key is none."""

    code = "idempotency-key-invalid"
    http_status = 400

    def __init__(self) -> None:
        super().__init__("An Idempotency-Key has 1 to 255 visible ASCII characters.")


class IdempotencyKeyReusedError(KouanError):
    """The Idempotency-Key came with another body before."""

    code = "idempotency-key-reused"
    http_status = 422

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used with another body. Each act needs a key of its own.")


class RequestRunningError(KouanError):
    """The first request with this Idempotency-Key has no answer yet."""

    code = "request-running"
    http_status = 409

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key still runs. Ask again in a moment.")


class AnswerNotKeptError(KouanError):
    """The request was done, and its answer cannot be repeated."""

    code = "answer-not-kept"
    http_status = 409

    def __init__(self) -> None:
        super().__init__("This was done. Its answer held a secret, which is shown once and not kept.")


class TooManyAttemptsError(KouanError):
    """Too many tries; `retry_after_s` seconds until the next is looked at."""

    code = "too-many-attempts"
    http_status = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many attempts; try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class UnavailableError(KouanError):
    """A part that is needed is away. part: its name in /readyz."""

    code = "unavailable"
    http_status = 503

    def __init__(self, part: str) -> None:
        super().__init__(f"{part} is not available.")
        self.part = part


class NluUnavailableError(UnavailableError):
    """Rasa gave no usable answer."""

    code = "nlu-unavailable"

    def __init__(self) -> None:
        super().__init__("rasa")


class NluTimeoutError(NluUnavailableError):
    """Rasa gave no answer in time."""

    code = "nlu-timeout"


class StartError(KouanError):
    """The product cannot start. The message is one sentence for the person at the terminal: what is wrong, what to do."""

    code = "start"


class ChannelError(KouanError):
    """A message could not be handed to a channel."""

    code = "channel"
    http_status = 502


class RateLimitedError(ChannelError):
    """The channel asks to wait. retry_after_s: seconds; scope: this chat alone, the whole channel, or not said."""

    code = "rate-limited"

    def __init__(self, retry_after_s: float, scope: Literal["chat", "channel", "unknown"]) -> None:
        super().__init__(f"The channel asks for {retry_after_s} s of silence for the {scope}.")
        self.retry_after_s = retry_after_s
        self.scope = scope


class RecipientGoneError(ChannelError):
    """Blocked by the person, or the account is deleted. reason: blocked | deleted | not_found."""

    code = "recipient-gone"

    def __init__(self, reason: Literal["blocked", "deleted", "not_found"]) -> None:
        super().__init__(f"The recipient cannot be reached: {reason}.")
        self.reason = reason


class ChatMigratedError(ChannelError):
    """The chat lives on under `new_address`."""

    code = "chat-migrated"

    def __init__(self, new_address: str) -> None:
        super().__init__("The chat has a new address.")
        self.new_address = new_address


class MessageRejectedError(ChannelError):
    """The channel will never take this message (too long, malformed, forbidden)."""

    code = "message-rejected"


class MessageGoneError(MessageRejectedError):
    """The message that was to be changed is not there any more."""

    code = "message-gone"


class ChannelUnavailableError(ChannelError):
    """Time-out, cut connection, 5xx or garbage: the same message may be tried again.

    maybe_sent: no answer came, so the message may have arrived.
    """

    code = "channel-unavailable"

    def __init__(self, message: str, *, maybe_sent: bool = False) -> None:
        super().__init__(message)
        self.maybe_sent = maybe_sent
