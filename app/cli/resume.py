"""``main.py resume``: go on with a run that was interrupted, as if it had not been."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.commands import UsageError
from app.cli.output import note
from app.cli.session import drive
from app.cli.settings import typed_settings
from app.thread_share import share_threads
from nn_engine.declarations import get_path, set_path
from nn_engine.environment import describe_environment, differences
from nn_engine.experiments import assemble
from nn_engine.io.run_folder import RunFolder
from nn_engine.training import Trainer


def change_settings(trainer: Trainer, arguments: argparse.Namespace) -> None:
    """Change what the arguments say, from the next step on. Raises UsageError where a setting cannot change now."""
    try:
        for path, text in typed_settings(arguments):
            trainer.continue_past_end()
            trainer.change(path, get_path(set_path(trainer.wanted_plan, path, text), path))
    except ValueError as error:
        raise UsageError(str(error)) from None


def run(arguments: argparse.Namespace) -> int:
    """Go on with the run in the folder."""
    folder, _ = RunFolder.open(Path(arguments.folder))
    with folder:
        # Again, now that nobody else can be writing to it.
        _, checkpoint = RunFolder.open(folder.path)
        assert checkpoint.experiment is not None
        assert checkpoint.state is not None
        session = assemble(checkpoint.experiment, run_id=checkpoint.run_id, to_restore=True)
        share_threads(session.trainer, may_fork=True)
        trainer = session.trainer
        trainer.restore(checkpoint.state)
        change_settings(trainer, arguments)
        trainer.observe(folder.record)
        if changed := differences(folder.about()["environment"], describe_environment()):
            note(f"Not all is as it was ({'; '.join(changed)}): the last bits of the results may differ.")
        status = drive(session, folder, arguments.json)
        if not status and checkpoint.epochs_done >= (planned := trainer.wanted_plan.epochs):
            note(f"No planned epoch was left; --epochs {planned + 1}, or more, goes on past the end.")
        return status
