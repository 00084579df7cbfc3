"""A step for tests: writes a file with its seed, and one more line for each time it ran."""

from loop.steps.context import StepContext


async def run(context: StepContext) -> None:
    made = context.folder.root / "first"
    made.mkdir(exist_ok=True)
    with (made / "runs.txt").open("a") as file:
        file.write(f"{context.config.seed} {context.config.best_of_n.samples}\n")
    context.progress.count(1, 1, "files")
    print("printed by a library")
    context.progress.line("a line of the step")
