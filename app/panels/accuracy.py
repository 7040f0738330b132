"""The accuracy: the share of samples named rightly, step by step and, on data not learned from, epoch by epoch."""

from __future__ import annotations

from app.panels.parts.curve_panel import CurvePanel
from app.view_models.curves import Curves
from app.widgets.charts.content import Wording

WORDING = Wording(
    name="Accuracy",
    percent=True,
    empty_title="The accuracy appears here from the first step",
    empty_note="The share of digits it names rightly. It should rise.",
    rises=True,
    flag_texts=False,
)


class AccuracyPanel(CurvePanel):
    """Training and validation accuracy of ``curves``."""

    title = "Accuracy"

    def __init__(self, curves: Curves) -> None:
        super().__init__(curves, "accuracy", column=4, wording=WORDING, may_be_log=False)


if __name__ == "__main__":
    from app.panels.parts.curve_preview import preview_panel

    raise SystemExit(preview_panel(AccuracyPanel))
