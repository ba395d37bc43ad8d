"""Parts of a TensorFlow model by their published names, and its weights in a Keras file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

_BIAS = "final_logits_bias"  # of the pairs of the BART family


class PartsMixin:
    """Getters of layers and variables, and `save_weights` and `load_weights` of `.h5` files."""

    network: Any
    parts: Any
    state_dict: Any
    built: Any
    supports_xla_generation = True

    def get_input_embeddings(self) -> Any:
        """The Keras layer that embeds `main_input_name`; its table is `.weight`."""
        return self._layer_of(self.network.get_input_embeddings())

    def get_output_embeddings(self) -> Any:
        """The Keras layer of the projection to the vocabulary, or None."""
        found = self.network.get_output_embeddings()
        return None if found is None else self._layer_of(found)

    get_lm_head = get_output_embeddings

    def get_encoder(self) -> Any:
        """The layer that reads the input of an encoder-decoder model."""
        return self._layer_of(self.network.get_encoder())

    def get_decoder(self) -> Any:
        """The layer that writes the output of an encoder-decoder model."""
        return self._layer_of(self.network.get_decoder())

    def _layer_of(self, module: Any) -> Any:
        layer: Any = self
        for piece in module._path.split("."):
            layer = layer.parts[piece]
        return layer

    def get_bias(self) -> dict[str, tf.Variable] | None:
        """The variables that are added to the scores of the vocabulary, by name; None without any."""
        found = self._biases()
        return {name: variable.value for name, variable in found.items()} or None

    def set_bias(self, value: Mapping[str, Any]) -> None:
        """Assign to the variables that `get_bias` returns; a vocabulary of another size needs a resize.

        Raises:
            KeyError: a name that `get_bias` does not have.
        """
        found = self._biases()
        for name, bias in value.items():
            if name not in found:
                known = ", ".join(found) or "none"
                raise KeyError(f"{type(self).__name__} has no bias {name!r}; it has {known}")
            found[name].assign(tf.reshape(bias, found[name].shape))

    def _biases(self) -> dict[str, Any]:
        projection = self.network.get_output_embeddings()
        found = {} if projection is None else {"bias": vars(projection)["_parameters"].get("bias")}
        for module in (projection, self.network):
            tables = {} if module is None else {**vars(module)["_parameters"], **vars(module)["_buffers"]}
            found |= {name: tables[name] for name in (_BIAS,) if name in tables}
        return {name: slot.variable for name, slot in found.items() if slot is not None}

    def _get_word_embedding_weight(self, embedding_layer: Any) -> tf.Variable | None:
        """The table of an embedding or of a projection to the vocabulary; None for None."""
        return None if embedding_layer is None else embedding_layer.weight.value

    def build(self, input_shape: Any = None) -> None:
        """Nothing: a model has its variables as soon as it is made."""
        self.built = True

    # ------------------------------------------------------------------ weight files

    def save_weights(self, filepath: str | os.PathLike[str], overwrite: bool = True, **kwargs: Any) -> None:
        """Write the weights: to `x.weights.h5` as Keras does, to another `.h5` by the checkpoint's names.

        Raises:
            FileExistsError: there is such a file, and `overwrite` is False.
        """
        if not _by_name(filepath):
            super().save_weights(filepath, overwrite=overwrite, **kwargs)  # type: ignore[misc]
            return
        if os.path.exists(filepath) and not overwrite:
            raise FileExistsError(f"{filepath} is there: remove it, or pass overwrite=True")
        import h5py

        with h5py.File(filepath, "w") as file:
            for name, array in self.state_dict().items():
                narrow = array.dtype.name == "bfloat16"  # a type that such files lack
                file[name.replace(".", "/")] = array.astype(np.float32) if narrow else array

    def load_weights(
        self, filepath: str | os.PathLike[str], skip_mismatch: bool = False, **kwargs: Any
    ) -> None:
        """Read the weights of `x.weights.h5` as Keras does, of another `.h5` by name.

        Such a file is one of `save_weights`, or the `tf_model.h5` of a published model; keywords as in Keras.

        Raises:
            CheckpointMismatchError: names or shapes do not fit.
        """
        if _by_name(filepath):
            from ...loading.crossing import fill_face, open_all

            fill_face(self, open_all(filepath), allow_missing=skip_mismatch, skip_mismatch=skip_mismatch)
        else:
            super().load_weights(filepath, skip_mismatch=skip_mismatch, **kwargs)  # type: ignore[misc]


def _by_name(path: str | os.PathLike[str]) -> bool:
    """Whether a file is not one of Keras's own kinds."""
    name = Path(path).name
    return name.endswith((".h5", ".hdf5")) and not name.endswith(".weights.h5")


__all__ = ["PartsMixin"]
