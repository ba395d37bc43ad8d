"""Run in a process of its own with one or two devices: training steps; prints losses and weights as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import keras
import numpy as np
import tensorflow as tf


def strategy_of(count: int) -> Any:
    devices = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(devices[0], [tf.config.LogicalDeviceConfiguration()] * count)
    if count == 1:
        return tf.distribute.get_strategy()
    return tf.distribute.MirroredStrategy([f"/cpu:{index}" for index in range(count)])


def trained(strategy: Any, name: str, targets: str, **options: Any) -> tuple[dict[str, Any], Any]:
    from tests.frameworks.face_rooms import fresh, labelled

    with strategy.scope():
        model = fresh("TF", name)
        model.compile(optimizer=keras.optimizers.SGD(0.05), jit_compile=False, **options)
    batch = labelled(name)
    y = batch.pop(targets)
    epochs = 1 if name == "mobilenet_v2" else 3
    losses = model.fit(batch, y, batch_size=4, epochs=epochs, shuffle=False, verbose=0).history["loss"]
    after = model.evaluate(batch, y, batch_size=4, verbose=0)
    return {"loss": [*losses, after], "weights": [float(np.abs(w).sum()) for w in model.get_weights()]}, model


def main() -> None:
    strategy = strategy_of(int(sys.argv[1]))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    report: dict[str, Any] = {"replicas": strategy.num_replicas_in_sync}
    report["bert"], _ = trained(strategy, "bert", "labels")
    report["t5"], _ = trained(strategy, "t5", "labels")
    report["keras loss"], _ = trained(strategy, "bert", "labels", loss=loss)
    # Replicas normalise their own halves; the running mean of the first norm is that of the whole batch.
    _, model = trained(strategy, "mobilenet_v2", "labels")
    held = model.state_dict()
    first = "mobilenet_v2.conv_stem.first_conv.normalization"
    report["statistics"] = {
        "loss": [0, 1],
        "mean": held[f"{first}.running_mean"].tolist(),
        "batches": int(held[f"{first}.num_batches_tracked"]),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
