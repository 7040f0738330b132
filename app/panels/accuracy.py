"""The metric beside the loss, mostly accuracy: step by step where it is taken, and epoch by epoch on held-out data."""

from __future__ import annotations

from app.panels.parts.curve_panel import CurvePanel
from app.view_models.curves import ACCURACY, Curves
from app.widgets.charts.content import Wording
from nn_engine.declarations import label_of, registered
from nn_engine.metrics import Metric, higher_is_better

NOTES = {ACCURACY: "The share of samples whose class it names rightly."}
"""What is known better here than the metric's own class can say it."""


def wording_of(metric: str) -> Wording:
    """The words for a metric: its own, and whether it should rise."""
    cls = registered("metric")[metric]
    assert issubclass(cls, Metric)
    label, rises = label_of(cls), higher_is_better(metric)
    first = "step" if cls.each_step else "epoch"
    note = NOTES.get(metric, "It is measured on held-out data.")
    return Wording(
        name=label[:1].upper() + label[1:],
        percent=cls.share,
        empty_title=f"The {label} appears here from the first {first}",
        empty_note=f"{note} It should {'rise' if rises else 'fall'}.",
        rises=rises,
        flag_texts=False,
    )


class AccuracyPanel(CurvePanel):
    """Training and validation values of the metric of ``curves``."""

    title = "Accuracy"
    _shown_metric = ACCURACY

    def __init__(self, curves: Curves) -> None:
        super().__init__(curves, "metric", column=4, wording=wording_of(ACCURACY), may_be_log=False)

    def refresh(self) -> bool:
        """See Panel."""
        self._follow_metric()
        return super().refresh()

    def text_refresh(self) -> None:
        self._follow_metric()
        super().text_refresh()

    def _follow_metric(self) -> None:
        if self._shown_metric != self._curves.metric:
            self._shown_metric = self._curves.metric
            self.show_wording(wording_of(self._shown_metric))
            self.title = self._wording.name
            self.renamed.emit(self.title)


if __name__ == "__main__":
    from app.panels.parts.curve_preview import preview_panel

    raise SystemExit(preview_panel(AccuracyPanel))
