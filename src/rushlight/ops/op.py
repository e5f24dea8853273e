"""The row: everything known about one op, and what follows from it.

    @op(input=lambda grad, dim: grad.flip(dim), inplace=False)
    def flip(input: Tensor, dims: Dims) -> Array:
        '''Reverses the order of the elements along `dims`.'''
        return np.flip(input._array, dims)

The function computes arrays from tensors. Each keyword that is one of its parameters is a
derivative: how that input's gradient follows from `grad` (the result's; `grads`, a list, where
several results have gradients). A derivative names what it needs among the parameters, `out`, and
`input_shape` (only the shape of `input`), and exactly that is saved. From the row follow the
function, the method, `name_`, `out=`, the `grad_fn` and its name. Elementwise ops have a shorter
form of row: see `elementwise.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import JointNode, Node, OpNode, attach, next_order
from rushlight.engine.deferred import Deferred
from rushlight.ops import stand_ins, write
from rushlight.tensor import meta, storage
from rushlight.tensor.tensor import NoValuesYet, Tensor, alias, wrap

Array = np.ndarray[Any, Any]
_blank = object.__new__
_ARRAYS = (np.ndarray, Deferred)
FACE: dict[str, Any] = {}  # what a user types after `torch.`, dots included
ROWS: dict[str, Op] = {}


def room(path: str) -> dict[str, Any]:
    """The published names under `path`: those of `torch.special`, say."""
    prefix = path + "."
    return {
        name.removeprefix(prefix): each for name, each in FACE.items()
        if name.startswith(prefix) and "." not in name.removeprefix(prefix)
    }


_furnished: list[tuple[str, dict[str, Any]]] = []


def furnish(path: str, names: dict[str, Any]) -> None:
    """Put the published names under `path` into a module's names, now and whenever one changes."""
    names.update(room(path))
    _furnished.append((path + ".", names))


def replace(name: str, function: Callable[..., Any]) -> None:
    """Let a published function stand for the one of before, wherever its room was furnished."""
    FACE[name] = function
    for path, names in _furnished:
        if name.startswith(path):
            names[name.removeprefix(path)] = function


def camel(name: str) -> str:
    """`index_select` as PyTorch writes it in node names: `IndexSelect`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


class Op:
    """A row. `parameters` are the function's, `derivatives` those of its differentiable inputs."""

    def __init__(
        self, forward: Callable[..., Any], derivatives: dict[str, Any], name: str | None = None,
        node: str | Callable[..., str] | None = None, view: bool = False, exact: bool = False,
        together: Callable[..., Any] | None = None,
    ):
        self.forward = forward
        self.name = name or forward.__name__
        self.doc = forward.__doc__
        self.parameters = parameters_of(forward)
        self.positional = self.parameters[: forward.__code__.co_argcount]
        defaults = forward.__defaults__ or ()
        self.defaults = dict(zip(self.positional[::-1], defaults[::-1], strict=False))
        self.defaults |= forward.__kwdefaults__ or {}
        self.derivatives = derivatives
        self.inputs = tuple(each for each in self.parameters if each in derivatives)
        self.node_name = node or camel(self.name.rpartition(".")[2]) + "Backward0"
        self.view = view
        self.exact = exact
        self.saves, self.calls = _bind_derivatives(self.inputs, derivatives)
        self.together = None if together is None else _call(together, list(self.saves))
        self.sources = tuple([source_of(each, self.parameters) for each in self.saves])
        self.out_at = self.saves.index("out") if "out" in self.saves else None
        self.into: Callable[..., Any] | None = None  # see `op`
        self._classes: dict[str, type[OpNode]] = {}
        ROWS.setdefault(self.name, self)

    def node_class(self, bound: dict[str, Any] | None = None) -> type[OpNode]:
        """The class of this op's nodes, made when first needed."""
        name = self.node_name if isinstance(self.node_name, str) else self.node_name(bound)
        made = self._classes.get(name)
        if made is None:
            body: dict[str, Any] = {
                "__slots__": (), "__module__": "torch.autograd.graph", "derivatives": self.calls,
                "out_at": self.out_at,
            }
            base: type[OpNode] = OpNode
            if self.together is not None:
                base, body["together"] = JointNode, staticmethod(self.together)
            made = self._classes[name] = type(name, (base,), body)
        return made

    def bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name, defaults included."""
        bound = self.defaults.copy()
        bound.update(zip(self.positional, args))  # noqa: B905 (defaults stand for the rest)
        if kwargs:
            bound.update(kwargs)
        return bound

    def wants_grad(self, bound: dict[str, Any]) -> bool:
        """Whether any differentiable input is part of a graph."""
        for name in self.inputs:
            value = bound[name]
            if isinstance(value, Tensor):
                if value._node is not None:
                    return True
            elif isinstance(value, (list, tuple)) and any(
                isinstance(each, Tensor) and each._node is not None for each in value
            ):
                return True
        return False

    def record(self, bound: dict[str, Any], result: Any) -> OpNode:
        """A node for this call; `result` is the tensor, or the tensors, it will stand behind."""
        node = _blank(self.node_class(bound))
        edges: list[Node | None] = []
        targets: list[Any] = []
        listed = False
        for name in self.inputs:
            value = bound[name]
            several = isinstance(value, (list, tuple))
            listed = listed or several
            for each in value if several else (value,):
                if isinstance(each, Tensor):
                    array = each._array
                    edges.append(each._node)
                    targets.append((array.shape, array.dtype))
                else:
                    edges.append(None)
                    targets.append(None)
        if listed:
            node.derivatives = self._calls_for(bound)
        node.edges = tuple(edges)
        node.watch = None
        node.targets = tuple(targets)
        saved = [
            _saved_out(result) if source is None else bound[source] if whole
            else _shape_of(bound[source])
            for source, whole in self.sources
        ]
        node.saved = tuple(saved)
        node.versions = _versions(saved)
        node.outputs = len(result) if isinstance(result, tuple) else 1
        node.order = next_order()
        return node

    def _calls_for(self, bound: dict[str, Any]) -> tuple[Callable[[Any, Any], Any], ...]:
        """The derivatives, one for each tensor where an input is a list of them."""
        calls: list[Callable[[Any, Any], Any]] = []
        for name, call in zip(self.inputs, self.calls, strict=True):
            if isinstance(bound[name], (list, tuple)):
                calls += [_nth(call, i) for i in range(len(bound[name]))]
            else:
                calls.append(call)
        return tuple(calls)


def parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's parameters, positional ones first, without starred ones."""
    code = function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def source_of(name: str, parameters: Sequence[str]) -> tuple[str | None, bool]:
    """Where what a derivative asks for by `name` comes from: the result (None), a parameter, or,
    as `input_shape`, the shape of one (False)."""
    if name == "out":
        return None, True
    return (name, True) if name in parameters else (name.removesuffix("_shape"), False)


def _shape_of(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return tuple([each._array.shape for each in value])
    return value._array.shape


def _saved_out(result: Any) -> Any:
    return tuple(map(alias, result)) if isinstance(result, tuple) else alias(result)


def _versions(saved: Sequence[Any]) -> tuple[int, ...] | None:
    """The versions of the saved tensors; None where nothing was ever written to one."""
    for value in saved:
        if isinstance(value, Tensor) and value._version > 0:
            return tuple([each._version if isinstance(each, Tensor) else -1 for each in saved])
    return None


def _nth(call: Callable[[Any, Any], Any], i: int) -> Callable[[Any, Any], Any]:
    """The gradient of the i-th tensor of a list, of which the derivative is a list."""
    return lambda grad, saved: call(grad, saved)[i]


def _bind_derivatives(
    inputs: tuple[str, ...], derivatives: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[Callable[[Any, Any], Any], ...]]:
    """What to save, and each derivative as a call of (cotangent, saved)."""
    saves: list[str] = []
    for each in inputs:
        for name in needs(derivatives[each]):
            if name not in (*saves, "grad", "grads"):
                saves.append(name)
    return tuple(saves), tuple(_call(derivatives[each], saves) for each in inputs)


def needs(derivative: Any) -> tuple[str, ...]:
    """What a derivative names: the parameters it wants saved, and `grad` or `out`."""
    if isinstance(derivative, str):
        return (derivative,)
    if hasattr(derivative, "needs"):
        return derivative.needs
    code = getattr(derivative, "__code__", None)
    return () if code is None else code.co_varnames[: code.co_argcount]


def _call(derivative: Any, saves: list[str]) -> Callable[[Any, Any], Any]:
    """A derivative as a call of (cotangent, saved).

    One that names `grad` is the whole product. One that does not is the slope: the gradient is
    `grad` times it (its conjugate, for complex numbers). A number is a constant slope, a string
    names the parameter that is the slope.
    """
    if isinstance(derivative, str):
        (i,) = (saves.index(derivative),)

        def product(grad: Any, saved: Any) -> Any:
            slope = saved[i]
            if isinstance(slope, Tensor) and slope._array.dtype.kind == "f":
                return grad * slope
            return grad * conjugate(slope)

        return product
    if not callable(derivative):
        if derivative == 1:
            return lambda grad, saved: grad
        return lambda grad, saved: grad * derivative
    named = needs(derivative)
    whole = named[:1] in (("grad",), ("grads",))
    at = tuple(saves.index(each) for each in (named[1:] if whole else named))
    if whole:
        if len(at) == 0:
            return lambda grad, saved: derivative(grad)
        if len(at) == 1:
            (i,) = at
            return lambda grad, saved: derivative(grad, saved[i])
        return lambda grad, saved: derivative(grad, *[saved[i] for i in at])
    if len(at) == 1:
        (i,) = at
        return lambda grad, saved: grad * conjugate(derivative(saved[i]))
    return lambda grad, saved: grad * conjugate(derivative(*[saved[i] for i in at]))


def conjugate(value: Any) -> Any:
    """The complex conjugate of a tensor or a number; what is real is returned as it is."""
    if isinstance(value, Tensor):
        return value.conj() if value._array.dtype.kind == "c" else value
    return value.conjugate() if isinstance(value, (complex, np.complexfloating)) else value


def run(row: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Compute a row: the arrays, wrapped, and recorded where a gradient is wanted."""
    arrays: Any
    try:
        forward = stand_ins.forward_of(row, args, kwargs) if meta.seen else row.forward
        arrays = forward(*args, **kwargs)
    except ValueError as error:
        raise explain(row, args, kwargs, error) from None
    except AttributeError as error:
        raise not_a_tensor(row, args, kwargs, error) from None
    except TypeError:
        renamed = renamed_keywords(row.parameters, kwargs)
        if renamed == kwargs:
            raise
        return run(row, args, renamed)
    base = None if not row.view else args[0] if args else kwargs[row.positional[0]]
    result: Any
    if type(arrays) is np.ndarray or type(arrays) is Deferred:
        result = wrap(arrays) if base is None else view_of(base, arrays)
    elif isinstance(arrays, (tuple, list)):
        made = [
            view_of(base, each) if base is not None else
            wrap(each if isinstance(each, _ARRAYS) else np.asarray(each)) for each in arrays]
        kind: Any = type(arrays)
        result = tuple(made) if kind in (tuple, list) else kind._make(made)
    elif isinstance(arrays, np.ndarray):
        result = wrap(arrays) if base is None else view_of(base, arrays)
    else:
        result = wrap(np.asarray(arrays))
    if row.inputs and modes.grad and may_want_grad(args, kwargs):
        bound = row.bind(args, kwargs)
        if row.wants_grad(bound):
            attach(row.record(bound, result), result)
    return result


def may_want_grad(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """False where certainly no argument is in a graph: a quick look before `wants_grad`."""
    for each in args:
        if isinstance(each, Tensor):
            if each._node is not None:
                return True
        elif isinstance(each, (list, tuple)):
            return True
    return bool(kwargs)


# NumPy's names for arguments, which PyTorch takes as well.
_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x1": "input",
                "x2": "other"}


def renamed_keywords(parameters: Sequence[str], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The keywords, NumPy's names replaced by PyTorch's."""
    return {
        name if name in parameters else _NUMPY_NAMES.get(name, name): value
        for name, value in kwargs.items()
    }


def view_of(base: Tensor, array: Any) -> Tensor:
    """A tensor over memory of `base`, tied to it: one storage, one version, one history."""
    view = _blank(Tensor)
    view._array = array
    view._node = view._grad = None
    view._storage = shared = base._storage or storage.of(base)
    view._base = base if base._base is None else base._base
    if shared.views is not None:
        shared.add_view(view)
    return view


def not_a_tensor(row: Op, args: Any, kwargs: Any, error: AttributeError) -> Exception:
    """The error for an argument that should have been a tensor; else the error itself."""
    bound = row.bind(args, kwargs)
    hints = row.forward.__annotations__
    for name, value in bound.items():
        if str(hints.get(name)) == "Tensor" and not isinstance(value, Tensor):
            return TypeError(
                f"{row.name}(): {name} must be a Tensor, not {type(value).__name__}: "
                "make one with torch.tensor(...)")
    return error


def explain(row: Op, args: Any, kwargs: Any, error: Exception) -> Exception:
    """NumPy's complaint as PyTorch's class, with the op and the sizes."""
    if isinstance(error, NoValuesYet):
        return error
    return RuntimeError(f"{row.name}(): {error} (given {sizes(args, kwargs)})")


def sizes(args: Any, kwargs: dict[str, Any]) -> str:
    """The arguments for an error message: tensors by shape and dtype."""
    shown = [_show(each) for each in args]
    shown += [f"{name}={_show(value)}" for name, value in kwargs.items()]
    return ", ".join(shown)


def _show(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, (tuple, list)) and any(isinstance(each, Tensor) for each in value):
        return "[" + ", ".join(map(_show, value)) + "]"
    return repr(value)


def publish(
    function: Callable[..., Any], name: str, *, doc: str | None = None, method: bool = True,
    face: bool = True, aliases: Sequence[str] = (), star: bool = False,
) -> None:
    """Give the function its names: `torch.name`, `Tensor.name`, and the same for each alias."""
    function.__name__ = name
    function.__qualname__ = name
    function.__doc__ = doc
    function.__module__ = "torch"
    for each in (name, *aliases):
        if face:
            FACE[each] = function
        if method and "." not in each:
            setattr(Tensor, each, starred(function) if star else function)


def starred(function: Callable[..., Any]) -> Callable[..., Any]:
    """The method form of `f(x, sizes)`: `x.f(2, 3)` as well as `x.f((2, 3))`."""

    def method(self: Tensor, *sizes: Any, **kwargs: Any) -> Any:
        if len(sizes) == 1 and not isinstance(sizes[0], (int, np.integer)):
            return function(self, sizes[0], **kwargs)
        return function(self, sizes, **kwargs) if sizes else function(self, **kwargs)

    method.__doc__ = function.__doc__
    method.__name__ = function.__name__
    return method


def op(
    *, name: str | None = None, method: bool = True, face: bool = True,
    inplace: bool | Callable[..., Any] = False,
    out: bool | str = False, aliases: Sequence[str] = (), star: bool = False, view: bool = False,
    node: str | Callable[..., str] | None = None, together: Callable[..., Any] | None = None,
    **derivatives: Any,
) -> Callable[[Callable[..., Any]], Any]:
    """Make a row of a function over tensors that returns arrays: see the top of this file.

    inplace: whether there is an in-place form. It may be a function that takes the contiguous
    array of the first tensor before the arguments, and writes the result into it after checking
    all of them; then a write to a few elements of a large tensor costs no more than these.
    out: whether the function takes `out=`, of the result's dtype; "cast": of any it casts to.
    together: a function of `grad` and of what the derivatives name that gives all gradients, where
    they are not to be differentiated again; None leaves them to the derivatives.
    """

    def decorate(forward: Callable[..., Any]) -> Any:
        row = Op(forward, derivatives, name, node, view, out is True, together)

        if out:
            def function(*args: Any, out: Any = None, **kwargs: Any) -> Any:
                if out is not None:
                    return write.into(row, args, kwargs, out)
                return run(row, args, kwargs)
        else:
            def function(*args: Any, **kwargs: Any) -> Any:
                return run(row, args, kwargs)

        if callable(inplace):
            row.into = inplace
        finish(row, function, method, face, bool(inplace), aliases, star)
        return function

    return decorate


def finish(
    row: Op, function: Any, method: bool, face: bool, inplace: bool, aliases: Sequence[str],
    star: bool = False,
) -> None:
    """What every kind of row ends with: names, signature, the in-place form."""
    function.row = row
    function.__wrapped__ = row.forward  # so that help() and editors show the real signature
    publish(function, row.name, doc=row.doc, method=method, face=face,
            aliases=aliases, star=star)
    if inplace:
        def method_(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            return write.inplace(row, self, args, kwargs)

        for each in (row.name, *aliases):
            publish(method_, each.rpartition(".")[2] + "_", face=False, doc=f"In-place `{each}`.")


def composite(
    *, name: str | None = None, method: bool = True, face: bool = True, out: bool | str = False,
    inplace: bool = False, aliases: Sequence[str] = (), star: bool = False, looks: bool = False,
) -> Callable[[Callable[..., Any]], Any]:
    """Publish a function that is made of other ops, and so needs no derivative of its own.

    looks: it looks at values, or makes arrays: on the meta device it runs on stand-ins, too.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        title = name or function.__name__
        published: Any = function
        if looks:
            inner = function

            def function(*args: Any, **kwargs: Any) -> Any:
                if meta.seen:
                    return stand_ins.of(inner, title, args, kwargs)(*args, **kwargs)
                return inner(*args, **kwargs)

            published = functools.wraps(inner)(function)
        exact = out is True
        if out:
            def published(*args: Any, out: Any = None, **kwargs: Any) -> Any:
                if "axis" in kwargs or "keepdims" in kwargs:
                    kwargs = renamed_keywords(parameters_of(function), kwargs)
                result = function(*args, **kwargs)
                return result if out is None else write.copy_out(
                    title, result, out, args, kwargs, exact)

            published.__wrapped__ = function
        publish(published, title, doc=function.__doc__, method=method,
                face=face, aliases=aliases, star=star)
        if inplace:
            def method_(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
                return write.replace(self, title, function(self, *args, **kwargs))

            for each in (title, *aliases):
                publish(method_, each + "_", face=False, doc=f"In-place `{each}`.")
        return published

    return decorate
