"""What can go wrong on the way to a service, in words of our own.

The libraries' own texts are often empty, and some hold a whole URL or a header: they reach no user.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from jobtui.core.errors import ProtocolError, ProviderError, ProviderRefused, Unreachable

_OS_WORDS: dict[int | None, str] = {
    errno.ECONNREFUSED: "the connection was refused",
    errno.ECONNRESET: "the connection was reset",
    errno.EHOSTUNREACH: "there is no route to that host",
    errno.ENETUNREACH: "there is no network",
    errno.EMFILE: "this program has too many files open",
}
_NUMBER = re.compile(r"\[Errno (\d+)\]")
_BROKEN_OFF = ("disconnected", "closed connection", "incomplete")


@contextmanager
def network_faults(where: str) -> Iterator[None]:
    """Turn everything that a call to `where` (host and port) may raise into the error tree."""
    # Late, like httpx itself: importing a provider must not cost its import.
    import httpx

    try:
        yield
    except TimeoutError:
        raise Unreachable(f"{where}: no whole answer in time") from None
    except httpx.ConnectTimeout:
        raise _not_sent(f"{where}: no connection in time", "Is the host right, and the network or VPN up?") from None
    except httpx.PoolTimeout:
        raise _not_sent(f"{where}: all connections were busy for too long") from None
    except httpx.TimeoutException:
        raise Unreachable(f"{where}: no answer in time") from None
    except httpx.ProxyError:
        raise _not_sent(
            f"{where}: the proxy refused the connection", "Look at HTTP_PROXY, HTTPS_PROXY and ALL_PROXY."
        ) from None
    except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
        raise _no_connection(where, error) from None
    except httpx.RemoteProtocolError as error:
        raise _bad_http(where, str(error)) from None
    except httpx.LocalProtocolError:
        raise ProviderRefused("a header of the request holds characters that HTTP doesn't allow") from None
    except httpx.HTTPError:
        raise Unreachable(f"{where}: the connection broke off") from None
    except (httpx.InvalidURL, UnicodeError):
        raise ProviderRefused(f"{where}: the request can't be written as HTTP") from None
    except (OSError, OverflowError, ExceptionGroup) as error:
        raise _no_connection(where, error) from None


def _not_sent(message: str, hint: str = "") -> Unreachable:
    error = Unreachable(message, hint=hint)
    error.request_sent = False
    return error


def _bad_http(where: str, text: str) -> ProviderError:
    if any(words in text.lower() for words in _BROKEN_OFF):
        return Unreachable(f"{where}: the connection broke off in the middle of the answer")
    return ProtocolError(f"{where}: the answer isn't valid HTTP", hint="Is base_url right, with its http or https?")


def _no_connection(where: str, error: BaseException) -> Unreachable:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _not_sent(
                f"{where}: the TLS certificate isn't trusted ({cause.verify_message})",
                "For a company's own authority set verify_tls to the path of its CA file.",
            )
        if isinstance(cause, ssl.SSLError):
            return _not_sent(f"{where}: no TLS connection", "Does the service speak https there, or only http?")
        if isinstance(cause, socket.gaierror):
            return _not_sent(f"{where}: the host name isn't known", "Is base_url right, and the network or VPN up?")
    for cause in causes:
        if isinstance(cause, OSError) and (words := _OS_WORDS.get(_number_of(cause))):
            return _not_sent(f"{where}: {words}", "Is the service up, and the port right?")
    return _not_sent(f"{where}: no connection", "Is base_url right, and the network or VPN up?")


def _number_of(error: OSError) -> int | None:
    if error.errno is None and (told := _NUMBER.search(str(error))):
        # Where a host has several addresses, asyncio joins what each came to in one text.
        return int(told[1])
    return error.errno


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all it came from; libraries wrap the operating system's one several times."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            waiting.extend(cause.exceptions)
        waiting.extend(inner for inner in (cause.__cause__, cause.__context__) if inner is not None)
