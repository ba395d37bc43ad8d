"""The base of all models inside the ring: config, initialisation, tying, embeddings, losses.

Each framework's face adds loading, saving and the other services; a standalone file has just this.
"""

from __future__ import annotations

import functools
import inspect

import torch
from torch import nn

from .kernel_options import taking_options
from .losses import LOSSES
from .packing import PACKING, with_places


def can_return_tuple(forward):
    """Let `forward` answer `return_dict=False` (the argument, else the config) with a plain tuple.

    The decorated forward returns a ModelOutput; the tuple has its fields that are set, in their order, but
    for a cache, which comes before the hidden states, as published.
    """
    names = list(inspect.signature(forward).parameters)
    listed = "return_dict" in names  # newer models take it among their **kwargs
    place = names.index("return_dict") - 1 if listed else len(names)
    packs = "position_ids" in names  # or the keywords that tell them

    @functools.wraps(forward)
    def wrapped(self, *args, **kwargs):
        wanted = args[place] if place < len(args) else kwargs.get("return_dict")
        if not listed:
            kwargs.pop("return_dict", None)
        if packs and any(name in kwargs for name in PACKING):
            given = {**dict(zip(names[1:], args, strict=False)), **kwargs}
            args, kwargs = (), with_places(given, self.first_place(), self.sees_both_ways())
        if wanted is None:
            wanted = self.config.use_return_dict
        outputs = forward(self, *args, **kwargs)
        return outputs if wanted else plain_tuple(outputs)

    wrapped.packing = PACKING if packs else ()
    return taking_options(wrapped, {*names, *PACKING, "return_dict"})


def plain_tuple(outputs, without=()):
    """The fields of a ModelOutput that are set, a cache before the hidden states."""
    names = [name for name in outputs.keys() if name not in without]  # noqa: SIM118
    if "hidden_states" in names and "past_key_values" in names:
        names.remove("past_key_values")
        names.insert(names.index("hidden_states"), "past_key_values")
    return tuple(outputs[name] for name in names)


class ModelBase(nn.Module):
    """A model made from a config.

    Class attributes a model declares:
        config_class, base_model_prefix: the config's type; the attribute under which heads hold the trunk.
        main_input_name: the argument that carries the input.
        _generates: whether it writes text, token by token.
        _input_embeddings: path of the token embedding below the trunk.
        _embedding_copies: further paths of that same module, which an encoder and a decoder share.
        _output_embeddings: path of the projection to the vocabulary below this class, if it has one.
        _ties: {parameter: the parameter it shares}; `_tied_weights_keys` lists the first ones, as published.
        loss_type: name of the loss in `layers.losses.LOSSES`.
        _optional_modules: prefixes that a checkpoint may lack although they belong to the trunk (a pooler).
        _head_modules: first name pieces of everything that the heads of this model type add to the trunk.
        _vocabulary_buffers: names of saved buffers (1, V) that are resized with the vocabulary.
        _language_head: path of the projection that a file of another language replaces (adapters), or None.
        _file_aliases: {a name that only files use: the parameter it stands for}.
        _ignored_keys: patterns of checkpoint names that carry nothing (old buffers).
        _renames: ordered (pattern, replacement[, transform]) for older checkpoints; see `layers.renames`.
        _keep_in_fp32_modules: parts that stay float32 in a float16 model, `..._strict` in a bfloat16 one too.
        _no_split_modules, _supports_sdpa, supports_gradient_checkpointing: as
        published.
    """

    config_class = None
    base_model_prefix = ""
    main_input_name = "input_ids"
    _generates = False
    loss_type = None
    _input_embeddings = None
    _embedding_copies = ()
    _output_embeddings = None
    _ties = {}
    _tied_weights_keys = None
    _optional_modules = ()
    _head_modules = ()
    _vocabulary_buffers = ()
    _language_head = None
    _file_aliases = {}
    _ignored_keys = ()
    _renames = ()
    _keep_in_fp32_modules = None
    _keep_in_fp32_modules_strict = None
    _no_split_modules = None
    _supports_sdpa = True
    supports_gradient_checkpointing = False

    def __init__(self, config, *inputs, **kwargs):
        super().__init__()
        if self.config_class is not None and not isinstance(config, self.config_class):
            raise TypeError(
                f"{type(self).__name__} needs a {self.config_class.__name__}, got {type(config).__name__}; "
                f"to load a checkpoint use {type(self).__name__}.from_pretrained(name)"
            )
        config._check_model()
        self.config = config

    def post_init(self):
        """Initialise the weights, tie them, remove pruned heads; called last in a model's constructor."""
        self.init_weights()
        if self.config.pruned_heads and self.base_model is self:
            self._prune_heads(self.config._heads_to_prune())

    def _prune_heads(self, heads_to_prune):
        """Remove the attention heads {layer: heads}; a trunk that can do it overrides this."""
        raise NotImplementedError(f"{type(self).__name__} has no heads that can be pruned")

    def init_weights(self):
        """Give every module that has none yet fresh weights, then tie."""
        for module in reversed(list(self.modules())):  # parts before the wholes that may overrule them
            if not module.__dict__.get("_initialized"):
                self._init_weights(module)
                module._initialized = True
        self.tie_weights()

    def _init_weights(self, module):
        """Initialise one module; a model overrides it.  By default each module does it in its own way."""
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()

    def first_place(self):
        """Position of a sequence's first token."""
        return 0 if self.base_model is self else self.base_model.first_place()

    def sees_both_ways(self):
        """Whether tokens also see what comes after them."""
        return False if self.base_model is self else self.base_model.sees_both_ways()

    @property
    def base_model(self):
        """The trunk: this model itself, or what its head stands on."""
        return getattr(self, self.base_model_prefix, self) if self.base_model_prefix else self

    @property
    def dtype(self):
        """The dtype of the first floating-point parameter."""
        return next((p.dtype for p in self.parameters() if p.is_floating_point()), torch.get_default_dtype())

    @property
    def device(self):
        """The device of the first parameter."""
        return next(self.parameters()).device

    def keeps_float32(self, name, dtype):
        """Whether the parameter `name` stays float32 in a model of `dtype`, such as "float16"."""
        parts = set(self._keep_in_fp32_modules_strict or ())
        if dtype == "float16":
            parts = parts.union(self._keep_in_fp32_modules or ())
        return dtype in ("float16", "bfloat16") and any(f".{part}." in f".{name}." for part in parts)

    def get_input_embeddings(self):
        """The module that embeds `main_input_name`.

        Raises:
            NotImplementedError: the model has no single such module.
        """
        base = self.base_model
        if base is not self:
            return base.get_input_embeddings()
        if self._input_embeddings is None:
            raise NotImplementedError(f"{type(self).__name__} has no single input embedding")
        return self.get_submodule(self._input_embeddings)

    def set_input_embeddings(self, value):
        """Put another module in the place of the input embedding."""
        base = self.base_model
        if base is not self:
            base.set_input_embeddings(value)
        elif self._input_embeddings is None:
            raise NotImplementedError(f"{type(self).__name__} has no single input embedding")
        else:
            for path in (self._input_embeddings, *self._embedding_copies):
                replace_module(self, path, value)

    def get_output_embeddings(self):
        """The projection to the vocabulary, or None."""
        return self.get_submodule(self._output_embeddings) if self._output_embeddings else None

    def set_output_embeddings(self, new_embeddings):
        """Put another module in the place of the projection to the vocabulary."""
        if self._output_embeddings is None:
            raise NotImplementedError(f"{type(self).__name__} has no output embedding")
        replace_module(self, self._output_embeddings, new_embeddings)

    def active_ties(self):
        """The ties in force, {parameter: the parameter it shares}; the config can release the head's."""
        released = None if self.config.tie_word_embeddings else f"{self._output_embeddings}.weight"
        return {alias: source for alias, source in self._ties.items() if alias != released}

    def tie_weights(self):
        """Make every tied parameter the same object as its source."""
        for alias, source in self.active_ties().items():
            owner, name = parameter_place(self, alias)
            giver, given = parameter_place(self, source)
            setattr(owner, name, getattr(giver, given))

    @property
    def loss_function(self):
        """`loss(logits, labels, config, **options)`; assign another to replace it.

        A class without a loss of its own (a trunk) answers with that of next tokens, as published.
        """
        own = self.__dict__.get("_loss_function")
        return LOSSES[self.loss_type or "ForCausalLM"] if own is None else own

    @loss_function.setter
    def loss_function(self, value):
        self.__dict__["_loss_function"] = value

    def compute_loss(self, logits, labels, **options):
        """The loss of a head, None without labels; an option that the loss does not know raises TypeError.

        Raises:
            AttributeError: there are labels, and the class has no loss.
        """
        if labels is not None:
            if self.loss_type is None and "_loss_function" not in self.__dict__:
                raise AttributeError(f"{type(self).__name__} has no loss: set loss_type or loss_function")
            return self.loss_function(logits, labels, config=self.config, **options)
        if unknown := sorted(set(options) - LOSS_OPTIONS):
            raise TypeError(
                f"{type(self).__name__}.forward() got an unexpected keyword argument {unknown[0]!r}"
            )
        return None


LOSS_OPTIONS = frozenset({"num_items_in_batch", "ignore_index", "label_smoothing", "shift_labels"})


def parameter_place(model, path):
    """(module that owns it, its name there) of a parameter path."""
    module, _, name = path.rpartition(".")
    return (model.get_submodule(module) if module else model), name


def replace_module(model, path, value):
    """Put `value` at a module path."""
    owner, name = parameter_place(model, path)
    setattr(owner, name, value)


__all__ = ["ModelBase", "can_return_tuple", "parameter_place", "plain_tuple", "replace_module"]
