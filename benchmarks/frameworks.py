"""What one file for all frameworks costs: an encoder beside the same one written by hand in the framework.

python benchmarks/frameworks.py

CPU time on one thread, in turns in one process per framework; and the CPU time of loading one model's files
over a framework that is loaded already.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

LIMITS = {"jax": 1.05, "tf": 1.10}
LOAD_LIMIT = 0.3  # CPU seconds
LOADS = {
    "jax": ("import jax, flax, numpy", "from transformers import FlaxBertModel"),
    "tf": ("import tensorflow, keras, optree", "from transformers import TFBertModel"),
}
LOAD_PROBE = """
import json, time
{before}
start = time.process_time()
{code}
print(json.dumps(time.process_time() - start))
"""
BATCH, TOKENS, HEADS, LAYERS, WIDTH = 8, 128, 4, 4, 256
SIZES = {
    "hidden_size": WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": 4 * WIDTH,
    "vocab_size": 1000,
}
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "CUDA_VISIBLE_DEVICES": "",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}


def jax_by_hand(params: Any, ids: Any, mask: Any) -> Any:
    """The encoder's last hidden state, as one writes it in JAX; weights are (in, out)."""
    import jax
    import jax.numpy as jnp

    def norm(x: Any, p: Any) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt(jnp.square(centred).mean(-1, keepdims=True) + 1e-12) * p[0] + p[1]

    def heads(x: Any, p: Any) -> Any:
        return (x @ p[0] + p[1]).reshape(BATCH, TOKENS, HEADS, WIDTH // HEADS).swapaxes(1, 2)

    x = norm(params["words"][ids] + params["places"][:TOKENS] + params["kinds"][0], params["norm"])
    bias = jnp.where(mask[:, None, None, :] > 0, 0.0, -1e9)
    for p in params["layers"]:
        q, k, v = (heads(x, p[name]) for name in ("query", "key", "value"))
        scores = q @ k.swapaxes(-1, -2) / (WIDTH // HEADS) ** 0.5 + bias
        mixed = (jax.nn.softmax(scores) @ v).swapaxes(1, 2).reshape(BATCH, TOKENS, WIDTH)
        x = norm(x + mixed @ p["out"][0] + p["out"][1], p["attention norm"])
        inner = jax.nn.gelu(x @ p["up"][0] + p["up"][1], approximate=False)
        x = norm(x + inner @ p["down"][0] + p["down"][1], p["norm"])
    return x


def tf_by_hand(params: Any, ids: Any, mask: Any) -> Any:
    """The encoder's last hidden state, as one writes it in TensorFlow; weights are (in, out)."""
    import tensorflow as tf

    def linear(x: Any, p: Any) -> Any:
        return tf.tensordot(x, p[0], 1) + p[1]

    def norm(x: Any, p: Any) -> Any:
        mean, variance = tf.nn.moments(x, -1, keepdims=True)
        return tf.nn.batch_normalization(x, mean, variance, p[1], p[0], 1e-12)

    def heads(x: Any, p: Any) -> Any:
        return tf.transpose(tf.reshape(linear(x, p), (BATCH, TOKENS, HEADS, WIDTH // HEADS)), (0, 2, 1, 3))

    x = tf.gather(params["words"], ids) + params["places"][:TOKENS] + params["kinds"][0]
    x = norm(x, params["norm"])
    bias = tf.where(mask[:, None, None, :] > 0, 0.0, -1e9)
    for p in params["layers"]:
        q, k, v = (heads(x, p[name]) for name in ("query", "key", "value"))
        scores = tf.matmul(q, k, transpose_b=True) / (WIDTH // HEADS) ** 0.5 + bias
        mixed = tf.reshape(
            tf.transpose(tf.matmul(tf.nn.softmax(scores), v), (0, 2, 1, 3)), (BATCH, TOKENS, WIDTH)
        )
        x = norm(x + linear(mixed, p["out"]), p["attention norm"])
        x = norm(x + linear(tf.nn.gelu(linear(x, p["up"])), p["down"]), p["norm"])
    return x


def by_hand(state: dict[str, Any], array: Callable[[Any], Any]) -> dict[str, Any]:
    """The weights of a BERT as the versions written by hand take them."""
    import numpy as np

    def pair(name: str) -> tuple[Any, Any]:
        weight = np.asarray(state[f"{name}.weight"])
        return array(np.ascontiguousarray(weight.T)), array(np.asarray(state[f"{name}.bias"]))

    def layer(start: str) -> dict[str, Any]:
        names = {
            **{kind: f"attention.self.{kind}" for kind in ("query", "key", "value")},
            "out": "attention.output.dense",
            "attention norm": "attention.output.LayerNorm",
            "up": "intermediate.dense",
            "down": "output.dense",
            "norm": "output.LayerNorm",
        }
        return {short: pair(f"{start}.{name}") for short, name in names.items()}

    tables = {"words": "word", "places": "position", "kinds": "token_type"}
    return {
        **{
            key: array(np.asarray(state[f"embeddings.{name}_embeddings.weight"]))
            for key, name in tables.items()
        },
        "norm": pair("embeddings.LayerNorm"),
        "layers": [layer(f"encoder.layer.{index}") for index in range(LAYERS)],
    }


def batch() -> tuple[Any, Any]:
    """Ids, and a mask that pads the second half of one row."""
    import numpy as np

    ids = np.random.default_rng(0).integers(0, 1000, (BATCH, TOKENS)).astype(np.int32)
    mask = np.ones_like(ids)
    mask[0, TOKENS // 2 :] = 0
    return ids, mask


def jax_runs() -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Calls of our model and of the one by hand."""
    import jax
    import jax.numpy as jnp

    from transformers import BertConfig, FlaxBertModel
    from transformers.frameworks.jax.trees import flatten

    model = FlaxBertModel(BertConfig(**SIZES), add_pooling_layer=False)
    ids, mask = map(jnp.asarray, batch())
    params = by_hand(dict(flatten(model.params)), jnp.asarray)
    run = jax.jit(jax_by_hand)
    return (
        lambda: model(ids, attention_mask=mask).last_hidden_state.block_until_ready(),
        lambda: run(params, ids, mask).block_until_ready(),
    )


def tf_runs() -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Calls of our model's graph and of the one by hand, whose weights are variables too."""
    import tensorflow as tf

    from transformers import BertConfig, TFBertModel

    model = TFBertModel(BertConfig(**SIZES), add_pooling_layer=False)
    ids, mask = map(tf.constant, batch())
    params = by_hand(model.state_dict(), tf.Variable)
    ours = tf.function(lambda ids, mask: model(ids, attention_mask=mask).last_hidden_state)
    run = tf.function(lambda ids, mask: tf_by_hand(params, ids, mask))
    return lambda: ours(ids, mask).numpy(), lambda: run(ids, mask).numpy()


def spent(run: Callable[[], Any], calls: int) -> float:
    """CPU milliseconds of one call."""
    start = time.process_time()
    for _ in range(calls):
        run()
    return 1000 * (time.process_time() - start) / calls


def compare(framework: str, turns: int, calls: int) -> None:
    """Print [milliseconds here, by hand, median ratio of a turn] as JSON, once both give the same numbers.

    Raises:
        RuntimeError: they do not.
    """
    import numpy as np

    ours, by = {"jax": jax_runs, "tf": tf_runs}[framework]()
    apart = float(np.abs(np.asarray(ours()) - np.asarray(by())).max())
    if not apart < 1e-4:
        raise RuntimeError(f"{framework}: the two versions differ by {apart}")
    rows = [(spent(ours, calls), spent(by, calls)) for _ in range(turns + 1)][1:]
    here, there = (statistics.median(column) for column in zip(*rows, strict=True))
    print(json.dumps([here, there, statistics.median(one / other for one, other in rows)]))


def in_process(arguments: list[str]) -> Any:
    """What a fresh process on one thread prints last."""
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **ONE_THREAD},
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    """Print a table; the exit status is 1 where a limit is passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=9, help="how often each version has its turn")
    parser.add_argument("--calls", type=int, default=10, help="calls of a turn")
    parser.add_argument("--compare", choices=sorted(LIMITS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.compare:
        compare(options.compare, options.turns, options.calls)
        return 0
    over = 0
    print(f"{'CPU milliseconds':24}{'here':>10}{'by hand':>10}{'ratio':>8}{'limit':>8}")
    for framework, limit in LIMITS.items():
        call = [
            __file__,
            "--compare",
            framework,
            "--turns",
            str(options.turns),
            "--calls",
            str(options.calls),
        ]
        here, there, ratio = in_process(call)
        print(f"{framework + ', forward':24}{here:10.2f}{there:10.2f}{ratio:8.3f}{limit:8.2f}")
        over += ratio > limit
    print(f"{'CPU seconds':24}{'here':>10}{'limit':>10}")
    for framework, (before, code) in LOADS.items():
        probe = ["-c", LOAD_PROBE.format(before=before, code=code)]
        found = statistics.median([in_process(probe) for _ in range(5)][1:])  # the first fills the caches
        print(f"{framework + ', loading':24}{found:10.3f}{LOAD_LIMIT:10.2f}")
        over += found > LOAD_LIMIT
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
