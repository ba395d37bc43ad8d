"""Facts about BERTweet from which tables, exports and the docs page are generated."""

MANIFEST = {
    "model_types": {},
    "heads": {},
    "tokenizer": {"bertweet": ["BertweetTokenizer"]},
    "processors": {},
    "aliases": {},
    "docs": {"title": "BERTweet"},
}
