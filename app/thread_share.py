"""Who gets the threads that a training may use: matrix products, or the shards of a step.

Where a step has several shards, a thread for each is faster than products that take several threads in turns: nothing
waits between the products, and everything else runs side by side as well. The same holds where a batch has to go
through as a whole, but its layers can be worked through by several. A step of one shard may have its augmented samples
prepared ahead instead, which changes no bit. All of it follows from the experiment and the number of threads alone, so
that a resumed run, which is given as many, computes the same last bits.
"""

from __future__ import annotations

import os

from threadpoolctl import OpenBLASController, threadpool_limits

from app.blas import THREAD_VARIABLES, default_threads
from nn_engine.data.prefetch import has_a_core_to_spare
from nn_engine.training import Trainer


def share_threads(trainer: Trainer) -> int:
    """Give the trainer its threads and the matrix products of this process theirs; returns the trainer's."""
    told = next((os.environ[name] for name in THREAD_VARIABLES if os.environ.get(name, "").isdigit()), "")
    threads = int(told) if told else default_threads()
    trainer.use_threads(threads)
    sharing = trainer.threads_in_step
    # Else the first thread that ever set a limit would keep the right to, though it has ended.
    OpenBLASController.clear_controlling_thread(force=True)
    threadpool_limits(1 if sharing > 1 else threads, user_api="blas")
    trainer.use_prefetching(has_a_core_to_spare())
    return sharing
