"""Everything that makes drafts for assisted decoding, by its published names."""

from __future__ import annotations

from .candidates import AssistedCandidateGenerator, EarlyExitCandidateGenerator
from .candidates_lookup import CandidateGenerator, PromptLookupCandidateGenerator
from .candidates_tokenizers import (
    AssistedCandidateGeneratorDifferentTokenizers,
    UniversalSpeculativeDecodingGenerator,
)
from .candidates_vocabulary import AssistantToTargetTranslator, AssistantVocabTranslatorCache

__all__ = [
    "AssistantToTargetTranslator",
    "AssistantVocabTranslatorCache",
    "AssistedCandidateGenerator",
    "AssistedCandidateGeneratorDifferentTokenizers",
    "CandidateGenerator",
    "EarlyExitCandidateGenerator",
    "PromptLookupCandidateGenerator",
    "UniversalSpeculativeDecodingGenerator",
]
