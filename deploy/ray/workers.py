"""Runs executor workers on the CPUs of a Ray cluster, one actor each, until it is stopped.

    EXECUTOR_REDIS_URL=redis://:PASSWORD@HOST:6379/0 python deploy/ray/workers.py 64

The package and Ray must be installed on every node, and every node must reach Redis. The API is a process of its own:
``acecoder api``. Ray starts the actors of a lost node elsewhere; the service judges their chunks again by itself.
"""

import os
import subprocess
import sys
import time

import ray


@ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=-1)
class WorkerActor:
    """Keeps one worker process running on a CPU of the cluster."""

    def run(self, redis_url: str) -> None:
        """Run the worker, and start it again whenever it ends. It ends with this process (``ACECODER_PARENT_PID``)."""
        variables = {"EXECUTOR_REDIS_URL": redis_url, "ACECODER_PARENT_PID": str(os.getpid())}
        while True:
            subprocess.run(
                [sys.executable, "-m", "acecoder", "worker"], env=os.environ | variables, check=False
            )
            time.sleep(1)  # one that cannot build its jail ends at once, and its log says why


if __name__ == "__main__":
    ray.init()
    actors = [WorkerActor.remote() for _ in range(int(sys.argv[1]))]
    ray.get([actor.run.remote(os.environ["EXECUTOR_REDIS_URL"]) for actor in actors])
