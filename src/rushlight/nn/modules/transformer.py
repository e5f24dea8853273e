"""The Transformer (Vaswani et al. 2017): an encoder, a decoder, and the layers they are made of.

Source: https://docs.pytorch.org/docs/stable/nn.html#transformer-layers
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

from rushlight.nn import functional as F
from rushlight.nn import init
from rushlight.nn.modules.activation import MultiheadAttention
from rushlight.nn.modules.container import ModuleList
from rushlight.nn.modules.dropout import Dropout
from rushlight.nn.modules.linear import Linear
from rushlight.nn.modules.module import Module
from rushlight.nn.modules.normalization import LayerNorm
from rushlight.ops.multi_head import additive
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor

Activation = str | Callable[[Tensor], Tensor]


def _activation(given: Activation) -> Callable[[Tensor], Tensor]:
    """The function of this name; RuntimeError for another one than relu and gelu."""
    if not isinstance(given, str):
        return given
    if given not in ("relu", "gelu"):
        raise RuntimeError(f"activation is 'relu', 'gelu' or a function, not {given!r}")
    return getattr(F, given)


def _copies(layer: Module, count: int) -> ModuleList:
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


def _causal_mask(size: int, dtype: Any = None, device: Any = None) -> Tensor:
    """-inf above the diagonal, 0 elsewhere."""
    blank = FACE["full"]((size, size), -math.inf, dtype=dtype, device=device)
    return blank.triu(1)


def _is_causal(mask: Tensor | None, said: bool | None, size: int | None) -> bool:
    """Whether the mask is the causal one: as is said, or else by looking at it."""
    if said is not None or mask is None:
        return said is True
    if size is None or tuple(mask.shape) != (size, size):
        return False
    return bool((mask == _causal_mask(size, mask.dtype)).all())


def _length(x: Tensor, batch_first: bool) -> int | None:
    """How many steps there are."""
    if x.ndim not in (2, 3):
        return None
    return x.shape[1 if batch_first and x.ndim == 3 else 0]


class _TransformerLayer(Module):
    """What layers of both kinds share: attention to the sequence itself, and two linear layers."""

    norm_first: bool

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int, dropout: float,
        activation: Activation, layer_norm_eps: float, batch_first: bool, norm_first: bool,
        bias: bool, device: Any, dtype: Any, attentions: tuple[str, ...],
    ) -> None:
        super().__init__()
        where = {"device": device, "dtype": dtype}
        for name in attentions:
            setattr(self, name, MultiheadAttention(
                d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first, **where))
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, **where)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, **where)
        self.norm_first = norm_first
        blocks = range(1, len(attentions) + 2)
        for i in blocks:
            setattr(self, f"norm{i}", LayerNorm(
                d_model, eps=layer_norm_eps, bias=bias, **where))
        for i in blocks:
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation = _activation(activation)

    def _block(self, number: int, x: Tensor, inner: Callable[[Tensor], Tensor]) -> Tensor:
        """x and what becomes of it: standardized before, or the sum after."""
        norm, dropout = getattr(self, f"norm{number}"), getattr(self, f"dropout{number}")
        if self.norm_first:
            return x + dropout(inner(norm(x)))
        return norm(x + dropout(inner(x)))

    def _feed(self, x: Tensor) -> Tensor:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_TransformerLayer):
    """Attention of a sequence to itself, then two linear layers; each added to what came in.

    d_model: the features. nhead: the heads. dim_feedforward: the features between the linear
    layers. norm_first: whether LayerNorm comes before each, or after the sum.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html
    """

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Activation = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:
        super().__init__(
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first,
            norm_first, bias, device, dtype, ("self_attn",))

    def forward(
        self, src: Tensor, src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None, is_causal: bool = False,
    ) -> Tensor:
        """The sequence, seen through the layer. Masks are as in `MultiheadAttention`."""
        padding = additive(src_key_padding_mask, "src_key_padding_mask", src.dtype)
        mask = additive(src_mask, "src_mask", src.dtype)
        x = self._block(1, src, lambda x: self.self_attn(
            x, x, x, attn_mask=mask, key_padding_mask=padding, need_weights=False,
            is_causal=is_causal)[0])
        return self._block(2, x, self._feed)


class TransformerDecoderLayer(_TransformerLayer):
    """Attention of a sequence to itself, attention to a memory, then two linear layers.

    The arguments are those of `TransformerEncoderLayer`.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoderLayer.html
    """

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Activation = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:
        super().__init__(
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first,
            norm_first, bias, device, dtype, ("self_attn", "multihead_attn"))

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None, tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None, tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence, seen through the layer. Masks are as in `MultiheadAttention`."""
        x = self._block(1, tgt, lambda x: self.self_attn(
            x, x, x, attn_mask=tgt_mask, key_padding_mask=tgt_key_padding_mask,
            need_weights=False, is_causal=tgt_is_causal)[0])
        x = self._block(2, x, lambda x: self.multihead_attn(
            x, memory, memory, attn_mask=memory_mask, key_padding_mask=memory_key_padding_mask,
            need_weights=False, is_causal=memory_is_causal)[0])
        return self._block(3, x, self._feed)


class TransformerEncoder(Module):
    """`num_layers` copies of an encoder layer, one after the other, and a `norm` after the last.

    enable_nested_tensor and mask_check choose a way of computing in PyTorch, and nothing here.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoder.html
    """

    def __init__(
        self, encoder_layer: Any, num_layers: int, norm: Module | None = None,
        enable_nested_tensor: bool = True, mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = _copies(encoder_layer, num_layers)
        self.num_layers, self.norm = num_layers, norm
        self.enable_nested_tensor, self.mask_check = enable_nested_tensor, mask_check

    def forward(
        self, src: Tensor, mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None, is_causal: bool | None = None,
    ) -> Tensor:
        """The sequence, seen through all layers. is_causal: whether `mask` is the causal one."""
        padding = additive(src_key_padding_mask, "src_key_padding_mask", src.dtype)
        mask = additive(mask, "mask", src.dtype)
        batch_first = bool(len(self.layers)) and self.layers[0].self_attn.batch_first
        causal = _is_causal(mask, is_causal, _length(src, batch_first))
        for layer in self.layers:
            src = layer(src, src_mask=mask, is_causal=causal, src_key_padding_mask=padding)
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """`num_layers` copies of a decoder layer, one after the other, and a `norm` after the last.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoder.html
    """

    def __init__(self, decoder_layer: Any, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = _copies(decoder_layer, num_layers)
        self.num_layers, self.norm = num_layers, norm

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None, tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None, tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence, seen through all layers. tgt_is_causal: whether `tgt_mask` is causal."""
        batch_first = bool(len(self.layers)) and self.layers[0].self_attn.batch_first
        causal = _is_causal(tgt_mask, tgt_is_causal, _length(tgt, batch_first))
        for layer in self.layers:
            tgt = layer(
                tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=causal,
                memory_is_causal=memory_is_causal)
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder, and a decoder that looks at what it gives.

    src: (S, N, E), tgt: (T, N, E); with `batch_first` the batch comes first. Matrices of weights
    begin by `init.xavier_uniform_`. custom_encoder and custom_decoder stand for those made here.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Transformer.html
    """

    def __init__(
        self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6,
        num_decoder_layers: int = 6, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: Activation = F.relu, custom_encoder: Any = None, custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5, batch_first: bool = False, norm_first: bool = False,
        bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:
        super().__init__()
        where = {"device": device, "dtype": dtype}

        def made(layer: Any, whole: Any, count: int) -> Any:
            one = layer(
                d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first,
                norm_first, bias, **where)
            norm = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)
            return whole(one, count, norm)

        self.encoder = custom_encoder or made(
            TransformerEncoderLayer, TransformerEncoder, num_encoder_layers)
        self.decoder = custom_decoder or made(
            TransformerDecoderLayer, TransformerDecoder, num_decoder_layers)
        self._reset_parameters()
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def _reset_parameters(self) -> None:
        for each in self.parameters():
            if each.ndim > 1:
                init.xavier_uniform_(each)

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """The causal mask as numbers to be added: -inf above the diagonal, 0 elsewhere."""
        return _causal_mask(sz, dtype, device)

    def forward(
        self, src: Tensor, tgt: Tensor, src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None, tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None, src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:
        """What the decoder makes of `tgt`, looking at the encoded `src`: of tgt's shape.

        Masks are as in `MultiheadAttention`. RuntimeError where sizes do not fit.
        """
        if src.ndim == tgt.ndim == 3:
            batch = 0 if self.batch_first else 1
            if src.shape[batch] != tgt.shape[batch]:
                raise RuntimeError(
                    f"Transformer: src has a batch of {src.shape[batch]}, tgt one of "
                    f"{tgt.shape[batch]}")
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError(
                f"Transformer: src and tgt have {src.shape[-1]} and {tgt.shape[-1]} features, "
                f"not {self.d_model}")
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask,
            is_causal=src_is_causal)
        return self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal)
