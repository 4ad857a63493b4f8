# SPDX-License-Identifier: Apache-2.0
"""Raddle: training of language models, inside a program.

    config = raddle.Config({"data.path": "input.txt", "train.steps": 100})
    with raddle.Session(config, run_directory="runs/first", resume="auto") as session:
        for event in session.train():
            print(event)
        print(session.generate("Once upon a time", max_tokens=40).text())

Session, Config, Graph, Plan, Tokenizer and the functions say more. Importing this loads
libraddle.so: what RADDLE_LIBRARY names, else the one inside this package, else the system's.
Errors are RaddleErrors (raddle.errors has one class a code).
"""
from . import errors
from ._api_functions import (bench_machine, bench_step, build_info, checkpoint_export,
                             checkpoint_verify, data_inspect, data_tokenize, mesh_plan,
                             version_string)
from ._api_plan import Plan
from ._api_stop import Stop
from ._api_world import World
from ._buffers import Batch
from ._context import Context
from ._objects import Config, Graph, Tokenizer, checkpoint_list, ops, options
from ._runs import (CheckpointEvent, EvaluationEvent, Event, Generation, StepEvent, Token, Training,
                    WarningEvent)
from ._session import Session
from ._tensors import Tensor
from ._values import (CheckpointInfo, Code, Dtype, Evaluation, GenerateResult, GraphNode,
                      GraphTensor, LogLevel, MachinePeaks, MemoryTable, Metrics, OpInfo, OptionInfo,
                      Origin, Scope, SessionInfo, StepBench, StopGrade, TensorInfo, TensorKind,
                      TensorRole, TokenizeResult, TrainResult)
from .errors import RaddleError

__all__ = ["Batch", "CheckpointEvent", "CheckpointInfo", "Code", "Config", "Context", "Dtype",
           "Evaluation", "EvaluationEvent", "Event", "GenerateResult", "Generation", "Graph",
           "GraphNode", "GraphTensor", "LogLevel", "MachinePeaks", "MemoryTable", "Metrics",
           "OpInfo", "OptionInfo", "Origin", "Plan", "RaddleError", "Scope", "Session",
           "SessionInfo", "StepBench", "StepEvent", "Stop", "StopGrade", "Tensor", "TensorInfo",
           "TensorKind", "TensorRole", "Token", "TokenizeResult", "Tokenizer", "TrainResult",
           "Training", "WarningEvent", "World", "bench_machine", "bench_step", "build_info",
           "checkpoint_export", "checkpoint_list", "checkpoint_verify", "data_inspect",
           "data_tokenize", "errors", "mesh_plan", "ops", "options", "version_string"]
