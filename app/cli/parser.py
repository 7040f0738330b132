"""What can be typed after ``main.py``. Standard library only: it is read before the environment is prepared."""

from __future__ import annotations

import argparse
import difflib
import os
import re
from collections.abc import Sequence

from app.blas import FASTEST, OPENBLAS_OWN
from app.kernels import NEEDS, can_use

VERSION = "0.1.0"
COMMANDS = ("train", "find-rate", "resume", "evaluate", "predict", "export", "presets")
EXPORT_FORMATS = ("onnx", "safetensors", "script")

EPILOG = """\
first steps:
  main.py                                         the window
  main.py FILE                                    the window, with an experiment or a checkpoint
  main.py presets                                 experiments to start from
  main.py find-rate --preset mnist-300            a learning rate for one of them
  main.py train --preset mnist-300                train one of them
  main.py evaluate RUN/checkpoints/best.npz       how good it is on digits it has never seen
  main.py predict RUN/checkpoints/best.npz 7.png  what it makes of your own
  main.py export RUN/checkpoints/best.npz a.onnx  the network for other programs
"""


def parse(words: list[str]) -> argparse.Namespace:
    """The arguments as attributes, ``command`` among them. A mistake prints a sentence and ends with status 2."""
    parser = argparse.ArgumentParser(
        prog="main.py",
        usage="main.py [FILE]\n       main.py [-h] [--version] [--no-bootstrap] COMMAND ...",
        description="Build a neural network, train it on this machine, and watch every part of it learn.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"Backprop Studio {VERSION}")
    parser.add_argument("--no-bootstrap", action="store_true", help="never install anything; say what is missing")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", prog="main.py")
    _add_train(commands)
    _add_find_rate(commands)
    resume = _add(commands, "resume", "go on with a run that was interrupted")
    resume.add_argument("folder", metavar="DIR", help="the run's folder")
    resume.add_argument("--epochs", metavar="N", help="how many epochs in all; more than planned goes on past the end")
    _add_settings(resume, "a setting that may change during training, such as optimizer.learning_rate=0.01")
    _add_json(resume)
    evaluate = _add(commands, "evaluate", "measure a checkpoint on the test set of its data")
    _add_checkpoint(evaluate)
    evaluate.add_argument(
        "--per-class",
        action="store_true",
        help="also precision, recall and F1 of every class or label, and what it is taken for",
    )
    evaluate.add_argument(
        "--draws",
        type=_draw_count,
        metavar="N",
        help="average the answers to N draws of the checkpoint's augmentation (test-time augmentation)",
    )
    _add_json(evaluate)
    predict = _add(commands, "predict", "classify images")
    _add_network(predict)
    predict.add_argument(
        "images", metavar="FILE", nargs="+", help="a PNG, JPEG or NPY file, or IDXFILE:INDEX (index from 0)"
    )
    _add_json(predict)
    export = _add(commands, "export", "write a trained network for other programs")
    _add_network(export)
    export.add_argument(
        "file",
        metavar="FILE",
        help="where to: .onnx (takes raw samples), .safetensors, or .py (a script that needs only NumPy; its weights "
        "go beside it as .weights.npz)",
    )
    export.add_argument("--format", choices=EXPORT_FORMATS, help="which, where the file's name does not say it")
    _add_json(export)
    _add_json(_add(commands, "presets", "list the experiments to start from"))
    first = next((word for word in words if not word.startswith("-")), None)
    if first is not None and first not in COMMANDS:
        if len(words) == 1 and _looks_like_file(first):
            parser.error(f"there is no file {first}")
        hint = _did_you_mean(first, COMMANDS)
        parser.error(f"there is no command {first!r}: expected one of {', '.join(COMMANDS)}, or --help.{hint}")
    arguments, unknown = parser.parse_known_args(words)
    if unknown:
        _refuse(unknown[0], commands.choices[arguments.command])
    return arguments


def _refuse(word: str, command: argparse.ArgumentParser) -> None:
    """End with what the command would have taken in place of the word."""
    option = word.partition("=")[0]
    options = re.findall(r"--[\w-]+", command.format_usage())
    if option in options:
        command.error(f"{option} belongs behind the command")
    if word.startswith("-"):
        command.error(f"there is no option {option}.{_did_you_mean(option, options)}")
    command.error(f"nothing more was expected; received {word!r}")


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, 1)
    return f" Did you mean {close[0]}?" if close else ""


def _looks_like_file(word: str) -> bool:
    return os.path.basename(word) != word or bool(os.path.splitext(word)[1])


def wants_window(words: list[str]) -> bool:
    """Whether the window is meant: no words at all, or the name of a file to open in it."""
    return not words or (len(words) == 1 and words[0] not in COMMANDS and os.path.exists(words[0]))


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)


def _add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    train = _add(commands, "train", "train a network and keep everything about it in a folder")
    _add_experiment(train)
    train.add_argument("--output", metavar="DIR", help="the run's folder (default: a new one in runs)")
    _add_json(train)


def _add_find_rate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    find = _add(commands, "find-rate", "try learning rates from tiny to far too large and suggest one")
    _add_experiment(find)
    find.add_argument("--lowest", metavar="X", type=_rate, default=1e-6, help="the first rate (default: 0.000001)")
    find.add_argument("--highest", metavar="X", type=_rate, default=10.0, help="the last rate (default: 10)")
    find.add_argument(
        "--steps", metavar="N", type=_step_count, default=100, help="how many rates, a step for each (default: 100)"
    )
    _add_json(find)


def _add_experiment(parser: argparse.ArgumentParser) -> None:
    """What is trained: a preset or a file, and settings that differ from it; and on what."""
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--preset", metavar="NAME", help="start from this preset (default: mnist-300)")
    start.add_argument("--experiment", metavar="FILE", help="start from this experiment file")
    parser.add_argument("--epochs", metavar="N", help="how often every sample is seen")
    parser.add_argument("--batch-size", metavar="N", help="how many samples make one step")
    parser.add_argument("--learning-rate", metavar="X", help="how far each step goes")
    parser.add_argument("--seed", metavar="N", help="which random choices")
    parser.add_argument(
        "--threads", metavar="N", type=_thread_count, help="for matrix products (default: a core is left free)"
    )
    parser.add_argument(
        "--kernels",
        metavar="NAME",
        type=_kernel_name,
        help="for matrix products: fastest (tried once on this processor; the default unless OPENBLAS_CORETYPE is "
        "set), openblas (its own choice), or one of its names, such as Haswell",
    )
    _add_settings(
        parser,
        "any setting of the experiment, such as optimizer.momentum=0.9, layers.1.units=100, optimizer=adam or "
        "augmentation.rotation.degrees=15",
    )


def _add_settings(parser: argparse.ArgumentParser, what: str) -> None:
    text = f"{what}; may be repeated, and is applied in order"
    parser.add_argument("--set", metavar="PATH=VALUE", dest="settings", action="append", default=[], help=text)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object a line instead of text for people")


def _add_checkpoint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="a .npz file from a run's folder")


def _add_network(parser: argparse.ArgumentParser) -> None:
    text = "a .npz file from a run's folder, or a .safetensors file"
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help=text)


def _thread_count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 1024; received {text!r}")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0; received {text!r}")
    return rate


def _step_count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6 or not 10 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 10 to 100,000; received {text!r}")
    return int(text)


def _draw_count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 5 or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 10,000; received {text!r}")
    return int(text)


def _kernel_name(text: str) -> str:
    if text in (FASTEST, OPENBLAS_OWN) or can_use(text):
        return text
    usable = ", ".join((FASTEST, OPENBLAS_OWN, *filter(can_use, NEEDS)))
    raise argparse.ArgumentTypeError(f"expected kernels that this processor can run ({usable}); received {text!r}")
