"""The tasks that have an auto class, and what their mappings are called."""

from __future__ import annotations

# Auto class -> name of its mapping without "_MAPPING".
TASKS: dict[str, str] = {
    "AutoBackbone": "MODEL_FOR_BACKBONE",
    "AutoModel": "MODEL",
    "AutoModelForAudioClassification": "MODEL_FOR_AUDIO_CLASSIFICATION",
    "AutoModelForAudioFrameClassification": "MODEL_FOR_AUDIO_FRAME_CLASSIFICATION",
    "AutoModelForAudioTokenization": "MODEL_FOR_AUDIO_TOKENIZATION",
    "AutoModelForAudioXVector": "MODEL_FOR_AUDIO_XVECTOR",
    "AutoModelForCTC": "MODEL_FOR_CTC",
    "AutoModelForCausalLM": "MODEL_FOR_CAUSAL_LM",
    "AutoModelForDepthEstimation": "MODEL_FOR_DEPTH_ESTIMATION",
    "AutoModelForDocumentQuestionAnswering": "MODEL_FOR_DOCUMENT_QUESTION_ANSWERING",
    "AutoModelForImageClassification": "MODEL_FOR_IMAGE_CLASSIFICATION",
    "AutoModelForImageSegmentation": "MODEL_FOR_IMAGE_SEGMENTATION",
    "AutoModelForImageTextToText": "MODEL_FOR_IMAGE_TEXT_TO_TEXT",
    "AutoModelForImageToImage": "MODEL_FOR_IMAGE_TO_IMAGE",
    "AutoModelForInstanceSegmentation": "MODEL_FOR_INSTANCE_SEGMENTATION",
    "AutoModelForKeypointDetection": "MODEL_FOR_KEYPOINT_DETECTION",
    "AutoModelForKeypointMatching": "MODEL_FOR_KEYPOINT_MATCHING",
    "AutoModelForMaskGeneration": "MODEL_FOR_MASK_GENERATION",
    "AutoModelForMaskedImageModeling": "MODEL_FOR_MASKED_IMAGE_MODELING",
    "AutoModelForMaskedLM": "MODEL_FOR_MASKED_LM",
    "AutoModelForMultipleChoice": "MODEL_FOR_MULTIPLE_CHOICE",
    "AutoModelForNextSentencePrediction": "MODEL_FOR_NEXT_SENTENCE_PREDICTION",
    "AutoModelForObjectDetection": "MODEL_FOR_OBJECT_DETECTION",
    "AutoModelForPreTraining": "MODEL_FOR_PRETRAINING",
    "AutoModelForQuestionAnswering": "MODEL_FOR_QUESTION_ANSWERING",
    "AutoModelForSemanticSegmentation": "MODEL_FOR_SEMANTIC_SEGMENTATION",
    "AutoModelForSeq2SeqLM": "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM",
    "AutoModelForSequenceClassification": "MODEL_FOR_SEQUENCE_CLASSIFICATION",
    "AutoModelForSpeechSeq2Seq": "MODEL_FOR_SPEECH_SEQ_2_SEQ",
    "AutoModelForTableQuestionAnswering": "MODEL_FOR_TABLE_QUESTION_ANSWERING",
    "AutoModelForTextEncoding": "MODEL_FOR_TEXT_ENCODING",
    "AutoModelForTextToSpectrogram": "MODEL_FOR_TEXT_TO_SPECTROGRAM",
    "AutoModelForTextToWaveform": "MODEL_FOR_TEXT_TO_WAVEFORM",
    "AutoModelForTimeSeriesPrediction": "MODEL_FOR_TIME_SERIES_PREDICTION",
    "AutoModelForTokenClassification": "MODEL_FOR_TOKEN_CLASSIFICATION",
    "AutoModelForUniversalSegmentation": "MODEL_FOR_UNIVERSAL_SEGMENTATION",
    "AutoModelForVideoClassification": "MODEL_FOR_VIDEO_CLASSIFICATION",
    "AutoModelForVision2Seq": "MODEL_FOR_VISION_2_SEQ",
    "AutoModelForVisualQuestionAnswering": "MODEL_FOR_VISUAL_QUESTION_ANSWERING",
    "AutoModelForZeroShotImageClassification": "MODEL_FOR_ZERO_SHOT_IMAGE_CLASSIFICATION",
    "AutoModelForZeroShotObjectDetection": "MODEL_FOR_ZERO_SHOT_OBJECT_DETECTION",
    "AutoModelWithLMHead": "MODEL_WITH_LM_HEAD",
}
# Mappings that no published auto class reads: the heads they are filled from -> name without "_MAPPING".
EXTRA_MAPPINGS: dict[str, str] = {
    "AutoModelForCausalImageModeling": "MODEL_FOR_CAUSAL_IMAGE_MODELING",
    "AutoModelForImage": "MODEL_FOR_IMAGE",
    "AutoModelForRetrieval": "MODEL_FOR_RETRIEVAL",
    "AutoModelForTimeSeriesClassification": "MODEL_FOR_TIME_SERIES_CLASSIFICATION",
    "AutoModelForTimeSeriesRegression": "MODEL_FOR_TIME_SERIES_REGRESSION",
}

__all__ = ["EXTRA_MAPPINGS", "TASKS"]
