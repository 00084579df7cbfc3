"""Adds LoRA adapters to a backbone through peft, writes them so that peft, TRL and our loader read them, merges them.

The written folder is that of an adapter of a sequence-classification model, with the head among ``modules_to_save``.
"""

from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, TaskType, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedModel

from services.rm.engine.head import Head
from services.rm.training.options import Lora

_PREFIX, _WEIGHTS = "base_model.model.", "adapter_model.safetensors"


def add_adapters(backbone: PreTrainedModel, lora: Lora, seed: int = 0) -> PeftModel:
    """Freeze the backbone and add adapters to it, in place."""
    torch.manual_seed(seed)  # one of the two matrices of each adapter begins with random values
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets) or "all-linear",
        bias="none",
    )
    adapted = get_peft_model(backbone, config)
    assert isinstance(adapted, PeftModel)
    return adapted


def write_adapter(adapted: PeftModel, head: Head, base: str, folder: Path) -> None:
    """Write the adapters and the head into a folder; ``base`` is the model that the adapters belong to."""
    inner = adapted.get_base_model()
    prefix = f"{_PREFIX}{getattr(inner, 'base_model_prefix', 'model')}."
    tensors: dict[str, Tensor] = {
        prefix + name.removeprefix(_PREFIX): tensor.detach().cpu().contiguous()
        for name, tensor in get_peft_model_state_dict(adapted).items()
    }
    tensors |= {f"{_PREFIX}score.{name}": tensor for name, tensor in head.tensors().items()}
    config = adapted.peft_config["default"]
    assert isinstance(config, LoraConfig)
    config.task_type, config.modules_to_save, config.base_model_name_or_path = (
        TaskType.SEQ_CLS,
        ["score"],
        base,
    )
    config.inference_mode = True
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / _WEIGHTS, metadata={"format": "pt"})
    config.save_pretrained(str(folder))


def merge(adapted: PeftModel) -> PreTrainedModel:
    """Add the adapters to the weights of the backbone, and return the backbone without adapters."""
    merged = adapted.merge_and_unload()
    assert isinstance(merged, PreTrainedModel)
    return merged
