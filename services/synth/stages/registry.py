"""Lists the stages in their order. A new stage is one file here with its options, and one line in ``STAGES``.

A stage's file has a pydantic model of its options and a function ``make_…_stage(options) -> Stage``. ``StageEntry``
joins them to a name, which is the name of the options in the configuration file and of the command.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clients.contract.base import RequestModel
from services.synth.pipeline.stage import Stage
from services.synth.stages.decontaminate import DecontaminateOptions, make_decontaminate_stage
from services.synth.stages.filter import FilterOptions, make_filter_stage
from services.synth.stages.generators import GeneratorOptions, make_generators_stage
from services.synth.stages.label import LabelOptions, make_label_stage
from services.synth.stages.refine import RefineOptions, make_refine_stage
from services.synth.stages.rewrite import RewriteOptions, make_rewrite_stage
from services.synth.stages.sample import SampleOptions, make_sample_stage
from services.synth.stages.strengthen import StrengthenOptions, make_strengthen_stage
from services.synth.stages.validate import ValidateOptions, make_validate_stage


@dataclass(frozen=True, slots=True)
class StageEntry:
    """One stage: its name, the model of its options, and the function that builds it."""

    name: str
    options: type[RequestModel]
    make: Callable[[Any], Stage]
    """Takes an instance of ``options``."""
    by_default: bool = True
    """Whether the stage runs where the configuration does not name it."""


STAGES: Sequence[StageEntry] = (
    StageEntry("rewrite", RewriteOptions, make_rewrite_stage),
    StageEntry("label", LabelOptions, make_label_stage),
    StageEntry("decontaminate", DecontaminateOptions, make_decontaminate_stage),
    StageEntry("generators", GeneratorOptions, make_generators_stage),
    StageEntry("validate", ValidateOptions, make_validate_stage),
    StageEntry("filter", FilterOptions, make_filter_stage),
    StageEntry("strengthen", StrengthenOptions, make_strengthen_stage),
    StageEntry("refine", RefineOptions, make_refine_stage, by_default=False),
    StageEntry("sample", SampleOptions, make_sample_stage),
)
"""All stages, in the order in which a row goes through them. Generated tests are validated with the others: a checker
program that refuses an expected output, or accepts what a null program prints, loses the test there."""
