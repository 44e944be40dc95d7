"""Our tokenizer for classifiers that learn from tokens, as DIET does. The product's own learns nothing from them and saves the time."""

from components.tokenizer import HanLatinTokenizer
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.training_data.training_data import TrainingData


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class TrainedHanLatinTokenizer(HanLatinTokenizer):
    """As `HanLatinTokenizer`, but training data are cut too."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """See `Tokenizer`."""
        return Tokenizer.process_training_data(self, training_data)
