"""A policy small enough for any machine: two layers of Qwen2 with random weights, a token for each byte."""


def tokenizer():
    """Tokens are bytes, and two more: the end, and what stands where nothing does."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(letters)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<end>", pad_token="<pad>")
    made.chat_template = "{% for m in messages %}{{ m['content'] }}{{ eos_token }}{% endfor %}"
    return made


def config(**more):
    from transformers import Qwen2Config

    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    return Qwen2Config(
        vocab_size=258,
        num_key_value_heads=2,
        eos_token_id=256,
        pad_token_id=257,
        bos_token_id=None,
        **sizes,
        **more,
    )


def policy():
    """A language model."""
    from transformers import Qwen2ForCausalLM, set_seed

    set_seed(0)
    return Qwen2ForCausalLM(config())


def reward_model():
    """The same with one number at its end."""
    from transformers import Qwen2ForSequenceClassification, set_seed

    set_seed(0)
    return Qwen2ForSequenceClassification(config(num_labels=1))


def weights(model):
    """All of them, as they are now."""
    return [parameter.detach().clone() for parameter in model.parameters()]
