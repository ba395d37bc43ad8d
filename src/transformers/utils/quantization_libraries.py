"""Which library each method of quantising needs."""

from __future__ import annotations

# Method -> import name of its library; `utils.optional` says how it is installed.
LIBRARIES: dict[str, str] = {
    "bitsandbytes": "bitsandbytes",
    "gptq": "gptqmodel",
    "awq": "awq",
    "aqlm": "aqlm",
    "vptq": "vptq",
    "quanto": "optimum.quanto",
    "eetq": "eetq",
    "higgs": "flute",
    "hqq": "hqq",
    "compressed-tensors": "compressed_tensors",
    "fbgemm_fp8": "fbgemm_gpu",
    "torchao": "torchao",
    "spqr": "spqr_quant",
    "quark": "quark",
    "fp_quant": "fp_quant",
    "auto-round": "auto_round",
    "mxfp4": "kernels",
}

__all__ = ["LIBRARIES"]
