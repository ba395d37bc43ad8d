"""What one row times the linear layers of SmolLM2-135M costs with each kernel that is at hand.

python benchmarks/kernels.py

Weights lie in memory, not in the caches: each call takes the next of many copies. A layer has four products:
queries, keys and values together, the attention's output, gate and up together, down. `--rows` multiplies
several rows at once. With onnx and onnxruntime installed their kernels are measured too. One thread.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch

from transformers.quantization.bags import Bags

SHAPES = ((960, 576), (576, 576), (3072, 576), (576, 1536))  # (out, in)
HEAD = (49152, 576)
MEMORY = 100_000_000  # elements of all copies of a weight
Run = Callable[[int], Any]  # the product with one of the copies


def torch_kernels(outputs: int, inputs: int, copies: int, rows: int) -> Iterator[tuple[str, Run]]:
    """(name, product) of PyTorch's kernels and of those that are used through it."""
    x = torch.randn(rows, inputs)
    narrow = x.bfloat16()
    weights = [torch.randint(-127, 128, (outputs, inputs), dtype=torch.int8) for _ in range(copies)]
    scale = torch.rand(outputs)
    scales = scale.bfloat16()
    multiply, reorder = torch.ops.mkldnn._linear_pointwise, torch.ops.mkldnn._reorder_linear_weight
    blocks = [reorder(weight.bfloat16(), 8) for weight in weights]
    yield "bfloat16, oneDNN's blocks", lambda n: multiply(narrow, blocks[n], None, "none", [], "")
    packs = [torch.ops.quantized.linear_prepack_fp16(weight.float(), None) for weight in weights]
    yield "float16 times float32 rows, FBGEMM", lambda n: torch.ops.quantized.linear_dynamic_fp16(x, packs[n])
    yield (
        "8 bits, `torch._weight_int8pack_mm`",
        lambda n: torch._weight_int8pack_mm(narrow, weights[n], scales),
    )
    if rows == 1:
        bags = [Bags(weight) for weight in weights]
        yield "8 bits, FBGEMM's bags of embeddings", lambda n: bags[n].product(narrow, scale, None)
    ones, zeros = torch.ones(outputs), torch.zeros(outputs, dtype=torch.long)
    dynamic = [
        torch.ops.quantized.linear_prepack(
            torch._make_per_channel_quantized_tensor(weight, ones, zeros, 0), None
        )
        for weight in weights
    ]
    rounding = torch.ops.quantized.linear_dynamic
    yield "8 bits, FBGEMM's dynamic product", lambda n: rounding(x, dynamic[n], True)
    halves = [torch.randint(0, 256, (outputs, inputs // 2), dtype=torch.uint8) for _ in range(copies)]
    steps = torch.rand(inputs // 64, outputs, 2).bfloat16()
    packed = torch.ops.aten._weight_int4pack_mm_for_cpu
    yield (
        "4 bits, `torch.ops.aten._weight_int4pack_mm_for_cpu`",
        lambda n: packed(narrow, halves[n], 64, steps),
    )


def onnx_kernels(outputs: int, inputs: int, copies: int, rows: int) -> Iterator[tuple[str, Run]]:
    """The same of ONNX Runtime's products with few bits; level 4 rounds the rows to 8 bits, 1 keeps them."""
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    random, block = np.random.default_rng(0), 32
    x = random.standard_normal((rows, inputs), dtype=np.float32)
    for bits, level in itertools.product((8, 4), (1, 4)):
        nodes, values, results = [], [], []
        for n in range(copies):
            weight = random.integers(
                0, 256, (outputs, inputs // block, block * bits // 8), dtype=np.uint8, endpoint=False
            )
            scale = random.random(outputs * inputs // block, dtype=np.float32)
            values += [numpy_helper.from_array(weight, f"w{n}"), numpy_helper.from_array(scale, f"s{n}")]
            about = {"K": inputs, "N": outputs, "bits": bits, "block_size": block, "accuracy_level": level}
            names = ["x", f"w{n}", f"s{n}"]
            nodes.append(helper.make_node("MatMulNBits", names, [f"y{n}"], domain="com.microsoft", **about))
            results.append(helper.make_tensor_value_info(f"y{n}", TensorProto.FLOAT, [rows, outputs]))
        taken = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, inputs])]
        graph = helper.make_graph(nodes, "products", taken, results, values)
        sets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=sets, ir_version=9)
        session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        # One run multiplies with all copies; it is counted as that of each.
        yield (
            f"{bits} bits, ONNX Runtime's `MatMulNBits`, level {level}",
            lambda n, session=session: None if n else session.run(None, {"x": x}),
        )


def time_of(run: Run, copies: int) -> float:
    """Microseconds of a product, the median of seven rounds over the copies."""
    found = []
    for _ in range(9):
        start = time.perf_counter()
        for n in range(copies):
            run(n)
        found.append((time.perf_counter() - start) / copies)
    return 1e6 * statistics.median(found[2:])


def main() -> int:
    """Print a table of microseconds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1, help="multiplied at once")
    rows = parser.parse_args().rows
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    makers = [torch_kernels]
    if all(importlib.util.find_spec(name) for name in ("onnx", "onnxruntime")):
        makers.append(onnx_kernels)
    table: dict[str, list[float]] = {}
    with torch.inference_mode():
        for outputs, inputs in (*SHAPES, HEAD):
            copies = max(2, MEMORY // (outputs * inputs))
            for name, run in itertools.chain(*(make(outputs, inputs, copies, rows) for make in makers)):
                table.setdefault(name, []).append(time_of(run, copies))
    heading = [f"{outputs} x {inputs}" for outputs, inputs in (*SHAPES, HEAD)]
    print("| microseconds | " + " | ".join(heading) + " | a layer |\n" + "|-" * (len(heading) + 2) + "|")
    for name, times in table.items():
        print(f"| {name} | " + " | ".join(f"{value:.0f}" for value in (*times, sum(times[:-1]))) + " |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
