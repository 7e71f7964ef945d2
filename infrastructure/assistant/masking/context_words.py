"""Words that tell, by standing beside others, where a name or an address begins and ends."""

from pathlib import Path
from typing import Final

from infrastructure.assistant.word_lists import word_sets

CONTEXT_WORDS: Final = word_sets(Path(__file__).parent / "data" / "context_words.txt")
