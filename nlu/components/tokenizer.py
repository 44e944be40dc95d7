"""Tokens of a text that mixes Han with Latin: each ideograph by itself, each Latin or digit run as one."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.normalizer import fold

# A dot, hyphen, slash or apostrophe inside a run joins it: 8471.30.00, covid-19, c/o, traveller's.
_TOKEN = re.compile(r"[a-z0-9\u00c0-\u024f]+(?:[.\-/'_][a-z0-9\u00c0-\u024f]+)*|\S")
_HAN_OR_RUN = re.compile(r"\w")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class HanLatinTokenizer(Tokenizer):
    """Splits without a dictionary, so that the same text always gives the same tokens, whatever stands around it.

    A token's `text` is folded; `start` and `end` are positions in the text as typed.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's own settings of a tokenizer; intents are never split."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave training data as it is: nothing here learns from tokens, and hashing them for the cache takes a minute."""
        return training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Tokens of one attribute of a message, in order; punctuation is left out. Empty when nothing else is there."""
        folded = fold(message.get(attribute))
        tokens = []
        for match in _TOKEN.finditer(folded.text):
            if _HAN_OR_RUN.match(match.group()):
                start, end = folded.original_span(match.start(), match.end())
                tokens.append(Token(match.group(), start, end))
        return tokens
