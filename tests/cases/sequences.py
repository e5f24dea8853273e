"""Tables of vectors, attention and recurrent layers: what models of sequences are made of."""

from . import b, case, error, f, i
from .reasons import ROUNDED

NONE = "PyTorch has none"
TWICE = ("gradgrad",)
HALVES = ("bfloat16", "float16")

# Tables.

NUMBERS = i([[1, 2], [4, 1]])
for name in ("embedding", "nn.functional.embedding"):
    table, numbers = f(5, 3), NUMBERS
    args = (table, numbers) if name == "embedding" else (numbers, table)
    case(name, *args), case(name, *args, padding_idx=1)
    case(name, *args, scale_grad_by_freq=True).without(
        *TWICE, why="PyTorch forgets the frequencies there")
case("nn.functional.embedding", i(3), f(5, 3)), case("nn.functional.embedding", i([]), f(5, 3))
case("nn.functional.embedding", f([[1, 2], [0, 3]], dtype="int32"), f(5, 3), -2)
error("nn.functional.embedding", i([5]), f(5, 3))
error("nn.functional.embedding", i([-1]), f(5, 3))
error("nn.functional.embedding", f([1.0]), f(5, 3)).without(
    "int64", "int32", why="these number rows")
error("nn.functional.embedding", i([1]), f(5)), error("nn.functional.embedding", i([1]), f(5, 3), 5)

FLAT = i([1, 2, 4, 1, 0])
for mode in ("sum", "mean", "max"):
    for line in (
        case("nn.functional.embedding_bag", NUMBERS, f(5, 3), mode=mode),
        case("nn.functional.embedding_bag", FLAT, f(5, 3), i([0, 2, 2]), mode=mode),
        case("nn.functional.embedding_bag", FLAT, f(5, 3), i([0, 3, 5]), mode=mode,
             include_last_offset=True),
        case("nn.functional.embedding_bag", NUMBERS, f(5, 3), mode=mode, padding_idx=1),
    ):
        line.without(*TWICE, *HALVES, why=NONE)
case("nn.functional.embedding_bag", NUMBERS, f(5, 3), mode="sum",
     per_sample_weights=f(2, 2)).without(*TWICE, *HALVES, why=NONE)
error("nn.functional.embedding_bag", FLAT, f(5, 3))
error("nn.functional.embedding_bag", FLAT, f(5, 3), i([1, 2]))
error("nn.functional.embedding_bag", FLAT, f(5, 3), i([0, 9]))
error("nn.functional.embedding_bag", NUMBERS, f(5, 3), i([0]))
error("nn.functional.embedding_bag", NUMBERS, f(5, 3), mode="median")
error("nn.functional.embedding_bag", i([[9]]), f(5, 3))

case("nn.functional.one_hot", NUMBERS), case("nn.functional.one_hot", NUMBERS, 7)
case("nn.functional.one_hot", i(2)), case("nn.functional.one_hot", i([]), 3)
error("nn.functional.one_hot", NUMBERS, 3), error("nn.functional.one_hot", i([-1]))
error("nn.functional.one_hot", f([1.0]).positive).without("int64", why="which is right")
error("nn.functional.one_hot", i([]))

# Attention.

ATTENTION = "nn.functional.scaled_dot_product_attention"
QUERY, KEY, VALUE = f(2, 3, 4), f(2, 5, 4), f(2, 5, 2)
LOOKS = b([[True, False, True, True, True], [False, True, True, False, True], [False] * 5])
for line in (
    case(ATTENTION, QUERY, KEY, VALUE), case(ATTENTION, QUERY, KEY, VALUE, is_causal=True),
    case(ATTENTION, QUERY, KEY, VALUE, LOOKS), case(ATTENTION, QUERY, KEY, VALUE, scale=0.25),
    case(ATTENTION, QUERY, KEY, VALUE, f(3, 5)), case(ATTENTION, f(3, 4), f(5, 4), f(5, 4)),
    case(ATTENTION, f(1, 4, 3, 2), f(1, 2, 3, 2), f(1, 2, 3, 2), enable_gqa=True),
):
    line.without(*HALVES, why=ROUNDED)
    line.without("complex64", "int64", "int32", "uint8", "bool", why="it is for floating point")
error(ATTENTION, f(4), f(5, 4), f(5, 4)), error(ATTENTION, QUERY, f(2, 5, 3), VALUE)
error(ATTENTION, QUERY, KEY, VALUE, LOOKS, is_causal=True)
error(ATTENTION, QUERY, KEY, VALUE, dropout_p=1.5), error(ATTENTION, QUERY, KEY, VALUE, b(2, 2))
error(ATTENTION, f(1, 3, 3, 2), f(1, 2, 3, 2), f(1, 2, 3, 2), enable_gqa=True)

HEADS = "nn.functional.multi_head_attention_forward"
PROJECTIONS = (4, 2, f(12, 4), f(12), None, None, False, 0.0, f(4, 4), f(4))
for more in (
    {}, {"need_weights": False}, {"average_attn_weights": False},
    {"attn_mask": b([[False, True, False], [True, False, False]])},
    {"key_padding_mask": b([[False, True, False], [False, False, True]])},
    {"attn_mask": f(2, 3), "need_weights": False},
):
    for query in (f(2, 2, 4), f(2, 4)):
        if "key_padding_mask" in more and query.shape == (2, 4):
            continue
        keys = f(3, *query.shape[1:])
        case(HEADS, query, keys, keys, *PROJECTIONS, **more).without(
            *HALVES, "complex64", "int64", "int32", "uint8", "bool", why=ROUNDED)
error(HEADS, f(2, 4), f(3, 2, 4), f(3, 2, 4), *PROJECTIONS)
error(HEADS, f(2, 2, 4), f(3, 2, 4), f(3, 2, 4), *PROJECTIONS, attn_mask=b(2, 2))

# Through time: (input, states, weights, has_biases, num_layers, dropout, train, bidirectional).


def weights(gates: int, both: bool = False, layers: int = 1, biased: bool = True) -> list:
    found = []
    for layer in range(layers):
        for _ in range(1 + both):
            width = 3 if not layer else 2 * (1 + both)
            found += [f(2 * gates, width), f(2 * gates, 2)]
            found += [f(2 * gates), f(2 * gates)] if biased else []
    return found


for name, gates in (("lstm", 4), ("gru", 3), ("rnn_tanh", 1), ("rnn_relu", 1)):
    for both, layers, biased in ((False, 1, True), (True, 2, True), (False, 2, False)):
        state = f(layers * (1 + both), 2, 2)
        held = (state, state) if name == "lstm" else state
        listed = weights(gates, both, layers, biased)
        for line in (
            case(name, f(3, 2, 3), held, listed, biased, layers, 0.0, True, both, False),
            case(name, f(2, 4, 3), held, listed, biased, layers, 0.0, True, both, True),
            case(name, f(5, 3), i([2, 2, 1]), held, listed, biased, layers, 0.0, True, both),
        ):
            line.without(*HALVES, "complex64", "int64", "int32", "uint8", "bool", why=ROUNDED)
            line.without(*TWICE, why="it is held to the first order made of cells, in test_rnn")
    state = f(2, 2)
    held = (state, state) if name == "lstm" else state
    case(f"{name}_cell", f(2, 3), held, *weights(gates)).without(
        *HALVES, "complex64", "int64", "int32", "uint8", "bool", why=ROUNDED)
    error(f"{name}_cell", f(2, 4), held, *weights(gates))
