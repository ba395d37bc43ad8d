"""A long text to put before prompts: XLNet and Transformer-XL write badly after short ones."""

from __future__ import annotations

# The published words, kept letter for letter: what is written depends on them.
LONG_PROMPT = (
    "\n    In 1991, the remains of Russian Tsar Nicholas II and his family (except for Alexei and"
    " Maria) are discovered. The\n    voice of Nicholas's young son, Tsarevich Alexei Nikolaevich,"
    " narrates the remainder of the story. 1883 Western\n    Siberia, a young Grigori Rasputin is"
    " asked by his father and a group of men to perform magic. Rasputin has a vision\n    and"
    " denounces one of the men as a horse thief. Although his father initially slaps him for"
    " making such an\n    accusation, Rasputin watches as the man is chased outside and beaten."
    " Twenty years later, Rasputin sees a vision of\n    the Virgin Mary, prompting him to become"
    " a priest. Rasputin quickly becomes famous, with people, even a bishop,\n    begging for his"
    " blessing. <eod> </s> <eos>\n    "
)

__all__ = ["LONG_PROMPT"]
