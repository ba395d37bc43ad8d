"""SentencePiece tokenizers: what users get wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer, models

from transformers.models.camembert.tokenization_camembert import CamembertTokenizer
from transformers.models.code_llama.tokenization_code_llama import CodeLlamaTokenizer
from transformers.models.llama.tokenization_llama import LlamaTokenizer
from transformers.models.m2m_100.tokenization_m2m_100 import M2M100Tokenizer
from transformers.models.marian.tokenization_marian import MarianTokenizer
from transformers.models.mbart.tokenization_mbart import MBartTokenizer
from transformers.models.nllb.tokenization_nllb import NllbTokenizer
from transformers.models.pegasus.tokenization_pegasus import PegasusTokenizer
from transformers.models.t5.tokenization_t5 import T5Tokenizer
from transformers.models.xlm_roberta.tokenization_xlm_roberta import XLMRobertaTokenizer
from transformers.tokenization.sentencepiece_engine import frame, spm_engine
from transformers.tokenization.sentencepiece_model import parse_sentencepiece
from transformers.tokenization.sentencepiece_processor import SentencePieceProcessor

from . import spm_cases
from .spm_cases import BASIC, model_bytes

UNIGRAM, BPE = spm_cases.base("unigram"), spm_cases.base("bpe")
GOOD = model_bytes(UNIGRAM, BASIC)


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A good model's file."""
    path = tmp_path / "good.model"
    path.write_bytes(GOOD)
    return str(path)


def test_missing_files_and_options_are_named(model: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"sentencepiece\.bpe\.model.*tokenizer\.json"):
        XLMRobertaTokenizer()
    with pytest.raises(ValueError, match="is not a file"):
        LlamaTokenizer(str(tmp_path / "none.model"))
    with pytest.raises(ValueError, match="model_file or model_proto"):
        SentencePieceProcessor()
    with pytest.raises(ValueError, match="enable_sampling must be True or False, not 1"):
        CamembertTokenizer(model, sp_model_kwargs={"enable_sampling": 1})
    assert CamembertTokenizer(model, sp_model_kwargs={"alpha": 0.1}).sp_model_kwargs == {"alpha": 0.1}
    with pytest.raises(ValueError, match="is not a folder"):
        XLMRobertaTokenizer(model).save_vocabulary(str(tmp_path / "none"))
    with pytest.raises(OSError, match=r"spiece\.model or tokenizer\.json"):
        T5Tokenizer.from_pretrained(tmp_path)


def test_special_tokens_that_contradict_are_refused(model: str) -> None:
    with pytest.raises(ValueError, match="extra_ids is 3, and additional_special_tokens holds 1"):
        T5Tokenizer(model, extra_ids=3, additional_special_tokens=["<extra_id_0>"])
    kept = T5Tokenizer(model, extra_ids=2, additional_special_tokens=["<new>"])
    assert kept.additional_special_tokens == ["<new>", "<extra_id_0>", "<extra_id_1>"]
    with pytest.raises(ValueError, match="bos_token is None"):
        LlamaTokenizer(model, bos_token=None)
    with pytest.raises(ValueError, match="eos_token is None"):
        LlamaTokenizer(model, eos_token=None, add_eos_token=True)
    with pytest.raises(TypeError, match="must be a list"):
        PegasusTokenizer(model, additional_special_tokens=("a",))
    with pytest.raises(ValueError, match="<unk_5> comes twice"):
        PegasusTokenizer(model, additional_special_tokens=["<unk_5>"])
    with pytest.raises(ValueError, match="'<s>', which stands around texts"):
        frame(Tokenizer(models.Unigram([("a", 0.0)], unk_id=0)), "<s> $A", "<s> $A $B")
    with pytest.raises(ValueError, match="unknown piece's id is 9000"):
        spm_engine(parse_sentencepiece(GOOD), unknown=9000)


def test_languages_are_checked(model: str) -> None:
    for tokenizer, good in ((MBartTokenizer, "de_DE"), (NllbTokenizer, "deu_Latn")):
        with pytest.raises(ValueError, match="language 'xx_XX'"):
            tokenizer(model, src_lang="xx_XX")
        made = tokenizer(model, src_lang=good)
        with pytest.raises(ValueError, match="language 'xx_XX'"):
            made.src_lang = "xx_XX"
        made.src_lang = good
        with pytest.raises(ValueError, match="set tgt_lang"):
            made(text_target="a")
        made.add_special_tokens(
            {"additional_special_tokens": ["xx_XX"]}, replace_additional_special_tokens=False
        )
        made.src_lang = "xx_XX"
        assert made.convert_tokens_to_ids("xx_XX") in made("a").input_ids
    bare = NllbTokenizer(model, additional_special_tokens=["new_Lang"])
    assert bare("a").input_ids == bare("a", add_special_tokens=False).input_ids
    bare.src_lang = "new_Lang"
    assert bare("a").input_ids[0] == bare.convert_tokens_to_ids("new_Lang")
    ended = MBartTokenizer(model)
    ended.eos_token = None
    ended.prefix_tokens = [1]
    with pytest.raises(ValueError, match="ended by eos_token"):
        ended.src_lang = "de_DE"


def test_vocabularies_of_translation_models_are_checked(model: str, tmp_path: Path) -> None:
    def put(text: str) -> str:
        (tmp_path / "v.json").write_text(text)
        return str(tmp_path / "v.json")

    for text, word in (("[]", "object"), ("{", "valid JSON"), ('{"a": "b"}', "ids"), ('{"a": -1}', "ids")):
        with pytest.raises(ValueError, match=word):
            M2M100Tokenizer(put(text), model)
    with pytest.raises(ValueError, match="'<unk>', the unk_token"):
        M2M100Tokenizer(put('{"a": 0}'), model)
    with pytest.raises(ValueError, match="'m2m100' or 'wmt21'"):
        M2M100Tokenizer(put('{"<unk>": 0}'), model, language_codes="all")
    with pytest.raises(ValueError, match="unknown language 'xx'"):
        M2M100Tokenizer(put('{"<unk>": 0, "</s>": 1}'), model, src_lang="xx")
    with pytest.raises(ValueError, match="'<pad>', the pad_token"):
        MarianTokenizer(model, model, put('{"<unk>": 0}'))
    with pytest.raises(ValueError, match="target_vocab_file"):
        MarianTokenizer(model, model, put('{"<unk>": 0, "<pad>": 1}'), separate_vocabs=True)
    marian = MarianTokenizer(model, model, put('{"<unk>": 0, "<pad>": 1, "</s>": 2}'))
    assert (marian.normalize(""), len(marian.normalize("a b"))) == ("", 3)


def test_gaps_are_filled_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.model"
    path.write_bytes(model_bytes(BPE, spm_cases.CODE))
    tokenizer = CodeLlamaTokenizer(str(path))
    one = tokenizer("a <FILL_ME> b").input_ids
    assert tokenizer(["a <FILL_ME> b", "the <FILL_ME> b"]).input_ids[0] == one
    assert tokenizer("the house").input_ids == LlamaTokenizer(str(path))("the house").input_ids
    with pytest.raises(ValueError, match="may hold <FILL_ME> once; it comes 2 times"):
        tokenizer("<FILL_ME> a <FILL_ME>")
    with pytest.raises(ValueError, match="encode them in two calls"):
        tokenizer(["a <FILL_ME> b", "c"])
    with pytest.raises(ValueError, match="name all three"):
        CodeLlamaTokenizer(str(path), middle_token=None)("a <FILL_ME> b")
    whole = CodeLlamaTokenizer(str(path), fill_token=None)
    assert len(whole("a <FILL_ME> b").input_ids) > len(one)
