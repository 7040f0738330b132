"""The loss: how wrong the network is, step by step and, on data not learned from, epoch by epoch."""

from __future__ import annotations

from app.panels.parts.curve_panel import CurvePanel
from app.view_models.curves import Curves
from app.widgets.charts.content import Wording

WORDING = Wording(
    name="Loss",
    empty_title="The loss appears here from the first step",
    empty_note="How wrong the network is. It should fall.",
)


class LossPanel(CurvePanel):
    """Training and validation loss of ``curves``."""

    title = "Loss"

    def __init__(self, curves: Curves) -> None:
        super().__init__(curves, "loss", column=2, wording=WORDING, may_be_log=True)


if __name__ == "__main__":
    from app.panels.parts.curve_preview import preview_panel

    raise SystemExit(preview_panel(LossPanel))
