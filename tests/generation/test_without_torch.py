"""Models of the other frameworks write where PyTorch is not installed."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "jax", "tensorflow"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
import numpy as np
from transformers import GPT2Config, NpGPT2LMHeadModel

model = NpGPT2LMHeadModel(GPT2Config(vocab_size=30, n_embd=8, n_layer=1, n_head=2, n_positions=20))
ids, common = np.array([[3, 4, 5]]), {"max_new_tokens": 3, "pad_token_id": 0, "eos_token_id": None}
for given in (
    {},
    {"do_sample": True, "top_k": 5, "top_p": 0.9},
    {"num_beams": 2},
    {"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 0.5},
    {"num_beams": 2, "force_words_ids": [[7]]},
    {"penalty_alpha": 0.5, "top_k": 3},
    {"prompt_lookup_num_tokens": 2},
):
    found = model.generate(ids, **common, **given)
    assert found.shape == (1, 6), given
"""


def test_every_strategy_writes_without_torch() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
