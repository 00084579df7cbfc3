"""The wire: every message, described once and imported by both sides. Pydantic and stdlib only."""

from clients.contract.base import RequestModel, ResponseModel
from clients.contract.execution import Candidate, ExecutionRequest, Priority
from clients.contract.jobs import Job, JobState
from clients.contract.preference import PreferencePair
from clients.contract.problems import PROBLEMS, FieldError, Problem, ProblemKind, Slug
from clients.contract.results import (
    CandidateResult,
    Environment,
    ExecutionResponse,
    ExecutionSummary,
    Extraction,
    ExtractionMethod,
    Outcome,
    Printed,
    Status,
    SuiteInfo,
    TestResult,
    UnscorableReason,
)
from clients.contract.rules import Limits, OnTimeout, RewardKind, RewardPolicy, State
from clients.contract.suites import Comparison, ComparisonMode, IoTest, Suite

__all__ = [
    "PROBLEMS",
    "Candidate",
    "CandidateResult",
    "Comparison",
    "ComparisonMode",
    "Environment",
    "ExecutionRequest",
    "ExecutionResponse",
    "ExecutionSummary",
    "Extraction",
    "ExtractionMethod",
    "FieldError",
    "IoTest",
    "Job",
    "JobState",
    "Limits",
    "OnTimeout",
    "Outcome",
    "PreferencePair",
    "Printed",
    "Priority",
    "Problem",
    "ProblemKind",
    "RequestModel",
    "ResponseModel",
    "RewardKind",
    "RewardPolicy",
    "Slug",
    "State",
    "Status",
    "Suite",
    "SuiteInfo",
    "TestResult",
    "UnscorableReason",
]
