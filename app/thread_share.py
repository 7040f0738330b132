"""Who gets the threads that a training may use: matrix products, or the shards of a step.

Where a step has several shards, a thread for each (or a process, where this one may be forked) is faster than products
that take several threads in turns: nothing waits between the products, and everything else runs side by side as well.
But the shards have to fill the threads' time: of a batch with a few samples more than a shard, all threads but one
would wait. The augmented samples of a step of one shard are prepared ahead by one of the threads: a product that has to
share its core with that takes as long as it does without the second one, or longer. All of it follows from the
experiment and the number of threads alone, so that a resumed run, which is given as many, computes the same last bits.
"""

from __future__ import annotations

import os

from threadpoolctl import OpenBLASController, threadpool_limits

from app.blas import THREAD_VARIABLES, default_threads
from nn_engine.data.prefetch import has_a_core_to_spare
from nn_engine.training import Trainer

FILLED_ENOUGH = 2 / 3
"""How much of the threads' time shards have to fill. Products keep two threads busy for about this part of a step: the
rest, from reading the samples to the optimizer's step, is the work of one."""


def share_threads(trainer: Trainer, may_fork: bool = False) -> int:
    """Give the trainer its threads and the matrix products of this process theirs; returns the trainer's."""
    told = next((os.environ[name] for name in THREAD_VARIABLES if os.environ.get(name, "").isdigit()), "")
    threads = int(told) if told else default_threads()
    filled = trainer.filled_by_shards(min(threads, trainer.shards_per_step))
    trainer.use_threads(threads if filled >= FILLED_ENOUGH else 1, may_fork)
    sharing = trainer.threads
    # Else the first thread that ever set a limit would keep the right to, though it has ended.
    OpenBLASController.clear_controlling_thread(force=True)
    for_products = threads - trainer.could_prefetch
    threadpool_limits(1 if sharing > 1 else max(1, for_products), user_api="blas")
    trainer.use_prefetching(has_a_core_to_spare())
    return sharing
