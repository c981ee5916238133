"""One definition for both clients: binds a function that builds a call or a flow to `Client` and `AsyncClient`.

`operation` is for endpoints (functions without self), `verb` for methods of a session object. Read from an object
that belongs to a `Client` they block and return T; from one that belongs to an `AsyncClient` they return an awaitable
of T. Docstring and parameters are those of the wrapped function and the return annotation says T or `Awaitable[T]`,
so `?` in a notebook shows the real thing.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, overload

from akash_nb.client.call import Call, Flow

if TYPE_CHECKING:
    from akash_nb.client.drivers import AsyncClient, Client

P = ParamSpec("P")
T = TypeVar("T")
C_co = TypeVar("C_co", bound="Client | AsyncClient", covariant=True)


class Runs(Protocol[C_co]):
    """Anything that belongs to a client."""

    @property
    def client(self) -> C_co: ...


class Resource(Generic[C_co]):
    """A group of endpoints of one client."""

    def __init__(self, client: C_co) -> None:
        self._client = client

    @property
    def client(self) -> C_co:
        return self._client

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._client!r}>"


class _Bound:
    """A function as a method: knows its name in the class it is written in."""

    def __init__(self, build: Callable[..., Any]) -> None:
        self.build = build
        self.__doc__ = build.__doc__
        self.__name__ = build.__name__
        self.__qualname__ = build.__qualname__

    def __set_name__(self, owner: type, name: str) -> None:
        self.__name__ = name
        self.__qualname__ = f"{owner.__qualname__}.{name}"

    def _dress(self, method: Callable[..., Any], runs: Runs[Any], *, skip: int) -> Callable[..., Any]:
        """Give a method the name, docstring and signature that `help` and `?` show."""
        method.__name__, method.__qualname__ = self.__name__, self.__qualname__
        method.__doc__, method.__module__ = self.build.__doc__, self.build.__module__
        awaited = inspect.iscoroutinefunction(runs.client.run)
        vars(method)["__signature__"] = _signature(self.build, skip, awaited)
        return method


class operation(_Bound, Generic[P, T]):  # noqa: N801  it is used as a decorator
    """An endpoint function as a method of a `Resource`."""

    def __init__(self, build: Callable[P, Call[T] | Flow[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, obj: None, owner: type) -> Self: ...
    @overload
    def __get__(self, obj: Runs[Client], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, obj: Runs[AsyncClient], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, obj: Any, owner: type) -> Any:
        if obj is None:
            return self
        return self._dress(lambda *args, **kwargs: obj.client.run(self.build(*args, **kwargs)), obj, skip=0)


class verb(_Bound, Generic[P, T]):  # noqa: N801  it is used as a decorator
    """A generator method of a session object, run by that object's client."""

    def __init__(self, build: Callable[Concatenate[Any, P], Flow[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, obj: None, owner: type) -> Self: ...
    @overload
    def __get__(self, obj: Runs[Client], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, obj: Runs[AsyncClient], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, obj: Any, owner: type) -> Any:
        if obj is None:
            return self
        return self._dress(lambda *args, **kwargs: obj.client.run(self.build(obj, *args, **kwargs)), obj, skip=1)


@functools.cache
def _signature(build: Callable[..., Any], skip: int, awaited: bool) -> inspect.Signature:
    """The signature without self, and with what comes back in place of the call or flow that brings it."""
    signature = inspect.signature(build)
    parameters = list(signature.parameters.values())[skip:]
    result = re.sub(r"^(?:Call|Flow)\[(.*)\]$", r"\1", str(signature.return_annotation))
    return signature.replace(parameters=parameters, return_annotation=f"Awaitable[{result}]" if awaited else result)
