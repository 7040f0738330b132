"""A user who knows nothing and tries everything: clicks, types, drags, turns the wheel, resizes, by a seed.

What happens goes to Qt's windows, as from a real pointer and keyboard, so that it takes the same way through pop-ups,
modal dialogs, grabs and shortcuts. One action is one or more turns of the event loop; each turn asks for the next one
before it does anything, so that a dialog with a loop of its own finds the user still there.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QThread, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence, QWheelEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)
from shiboken6 import isValid

from app.widgets.canvas import Canvas
from app.widgets.charts.live_chart import LiveChart
from app.widgets.layer_card import LayerCard
from app.window.main_window import MainWindow

NEWEST = 30
PAUSES_MS = (0, 0, 5, 15, 40)
GOOD_TEXTS = ("1", "2", "7", "16", "40", "128", "300", "0.5", "0.1", "0.01", "1e-3", "0", "0.9", "")
BAD_TEXTS = ("-1", "abc", "1e99", "nan", "inf", "1,5", "12 34", "0x10", "π", "−3", "9" * 40, "{}", "  ", "1.5.2")
KEYS = (
    *("Space", ".", "E", "Esc", "Tab", "Shift+Tab", "Return", "Del", "Backspace", "F1", "F10"),
    *("Up", "Down", "Left", "Right", "Home", "End", "PgUp", "PgDown", "+", "-", "a", "Alt+Up", "Alt+Down"),
    *("Ctrl+Z", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+D", "Ctrl+1", "Ctrl+2"),
    *("Ctrl+N", "Ctrl+O", "Ctrl+S", "Ctrl+Shift+S", "Ctrl+,", "Ctrl+0"),
)
STUCK = 40
"""After so many actions a dialog is left, however it is answered."""

Gesture = Iterator[None]
Kind = tuple[str, float, Callable[[], Gesture]]


class RandomUser(QObject):
    """Uses a window until ``stop``; what was done is in ``actions``, ``counts`` and ``reached``.

    Args:
        folder: where files are read and written; the user never leaves it.
        seed: the same seed makes the same choices, as far as the window offers the same at the same moment.
        heard: is told of each action before it is done.
    """

    def __init__(self, folder: Path, seed: int, heard: Callable[[str], None] = lambda words: None) -> None:
        super().__init__()
        self._folder, self._heard = folder, heard
        self.seed = seed
        self._random = random.Random(seed)
        self._window: MainWindow | None = None
        self._gesture: Gesture | None = None
        self._level: int | None = None
        self._modal: QWidget | None = None
        self._in_modal = 0
        self.actions: deque[str] = deque(maxlen=NEWEST)
        self.counts: Counter[str] = Counter()
        self.reached: Counter[type[QWidget]] = Counter()
        """The classes of widgets that got an event, and how often."""
        self.seen: set[type[QWidget]] = set()
        """The classes of widgets that could be seen."""
        self._kinds: tuple[Kind, ...] = (
            ("click", 24, self._click),
            ("double click", 3, self._double_click),
            ("right click", 4, self._right_click),
            ("point", 6, self._point),
            ("drag", 10, self._drag),
            ("draw", 6, self._draw),
            ("move a card", 4, self._move_card),
            ("wheel", 8, self._wheel),
            ("zoom a chart", 4, self._zoom),
            ("type", 12, self._type),
            ("key", 14, self._key),
            ("menu", 6, self._open_menu),
            ("train", 4, self._train),
            ("resize", 3, self._resize),
            ("switch the theme", 2, self._switch_theme),
            ("drop a file", 1, self._drop),
            ("paste", 1, self._paste),
            ("close the window", 0.2, self._leave),
        )

    def story(self) -> str:
        """How to do it again, and the last actions."""
        return "\n".join([f"seed {self.seed}; the last actions:", *(f"  {words}" for words in self.actions)])

    # -- turns --------------------------------------------------------------------------------------------------------

    def use(self, window: MainWindow) -> None:
        """Begin with a window."""
        self._window, self._gesture, self._level = window, None, None
        window.activateWindow()
        self._ask_for_turn()

    def stop(self) -> None:
        """Do nothing more."""
        self._window, self._gesture = None, None

    def _ask_for_turn(self) -> None:
        # A timer of its own each time: one whose slot has not returned, because a dialog opened in it, fires no more.
        QTimer.singleShot(self._random.choice(PAUSES_MS), self, self._turn)

    def _turn(self) -> None:
        if self._window is None:
            return
        self._ask_for_turn()
        level = QThread.currentThread().loopLevel()
        if self._level is not None and level <= self._level:
            return  # QTest handles events of its own within an action; only a dialog's loop is a new place to act in
        outer, self._level = self._level, level
        gesture, self._gesture = self._gesture or self._begin(), None
        try:
            next(gesture)
        except StopIteration:
            pass
        else:
            self._gesture = gesture
        finally:
            self._level = outer

    def _begin(self) -> Gesture:
        popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if popup is not None:
            return self._in_popup(popup)
        self._in_modal = self._in_modal + 1 if modal is self._modal else 0
        self._modal = modal
        if isinstance(modal, QFileDialog):
            return self._answer(modal)
        if modal is not None and (self._in_modal > STUCK or self._random.random() < 0.15):
            return self._leave_dialog(modal)
        name, _, act = self._random.choices(self._kinds, [weight for _, weight, _ in self._kinds])[0]
        self.counts[name] += 1
        return act()

    def _note(self, what: str, widget: QWidget | None = None, more: object = "") -> None:
        name = ""
        if widget is not None:
            self.reached[type(widget)] += 1
        if widget is not None and isValid(widget):  # what was done may have taken it away
            called = (widget.accessibleName() or widget.objectName())[:40]
            name = f" {type(widget).__name__}{f' {called!r}' if called else ''}"
        words = f"{what}{name}{f' {more}' if more != '' else ''}"
        self.actions.append(words)
        self._heard(words)

    # -- where --------------------------------------------------------------------------------------------------------

    def _windows(self) -> list[QWidget]:
        """The windows that can be used now."""
        modal = QApplication.activeModalWidget()
        if modal is not None:
            return [modal]
        return [
            widget
            for widget in QApplication.topLevelWidgets()
            if widget.isVisible() and widget.windowType() in (Qt.WindowType.Window, Qt.WindowType.Dialog)
        ]

    def _any_widget(self, *classes: type[QWidget]) -> QWidget | None:
        """One that is enabled, any class as likely as any other; or of these classes."""
        by_class: dict[type[QWidget], list[QWidget]] = {}
        for window in self._windows():
            for widget in (window, *window.findChildren(QWidget)):
                if widget.isVisible():
                    self.seen.add(type(widget))
                    if widget.isEnabled() and (not classes or isinstance(widget, classes)):
                        by_class.setdefault(type(widget), []).append(widget)
        if not by_class:
            return None
        widget = self._random.choice(self._random.choice(list(by_class.values())))
        self._bring_into_view(widget)
        return widget

    def _bring_into_view(self, widget: QWidget) -> None:
        above = widget.parentWidget()
        while above is not None and widget.visibleRegion().isEmpty():
            if isinstance(above, QScrollArea):
                above.ensureWidgetVisible(widget)
            above = above.parentWidget()

    def _place(self, *classes: type[QWidget]) -> tuple[QWindow, QPoint, QWidget] | None:
        """A point of a window and the widget there: of any widget, or whatever is there."""
        widget: QWidget | None
        if not classes and self._random.random() < 0.35:
            window = self._random.choice(self._windows() or [self._main])
            point = QPoint(self._random.randrange(window.width()), self._random.randrange(window.height()))
            widget = window.childAt(point) or window
            return self._at(window, point, widget)
        widget = self._any_widget(*classes)
        if widget is None:
            return None
        return self._at(widget.window(), widget.mapTo(widget.window(), self._point_in(widget)), widget)

    @property
    def _main(self) -> MainWindow:
        assert self._window is not None
        return self._window

    def _at(self, window: QWidget, point: QPoint, widget: QWidget) -> tuple[QWindow, QPoint, QWidget] | None:
        handle: QWindow | None = window.windowHandle()
        return (handle, point, widget) if handle is not None and window.rect().contains(point) else None

    def _point_in(self, widget: QWidget) -> QPoint:
        box = widget.visibleRegion().boundingRect()
        if box.isEmpty():
            box = widget.rect()
        if self._random.random() < 0.3:
            return box.center()
        return QPoint(
            self._random.randint(box.left(), max(box.left(), box.right())),
            self._random.randint(box.top(), max(box.top(), box.bottom())),
        )

    def _somewhere(self, window: QWindow) -> QPoint:
        return QPoint(self._random.randrange(max(window.width(), 1)), self._random.randrange(max(window.height(), 1)))

    # -- pointer ------------------------------------------------------------------------------------------------------

    def _click(self) -> Gesture:
        if found := self._place():
            window, point, widget = found
            modifier = self._random.choice([Qt.KeyboardModifier.NoModifier] * 8 + [Qt.KeyboardModifier.ShiftModifier])
            self._note("click", widget, (point.x(), point.y()))
            QTest.mouseClick(window, Qt.MouseButton.LeftButton, modifier, point)
        yield

    def _double_click(self) -> Gesture:
        if found := self._place():
            window, point, widget = found
            self._note("double click", widget, (point.x(), point.y()))
            QTest.mouseDClick(window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
        yield

    def _right_click(self) -> Gesture:
        if found := self._place():
            window, point, widget = found
            self._note("right click", widget, (point.x(), point.y()))
            QTest.mouseClick(window, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, point)
        yield

    def _point(self) -> Gesture:
        if found := self._place():
            window, point, widget = found
            self._note("point at", widget)
            for _ in range(self._random.randint(1, 4)):
                QTest.mouseMove(window, point)
                yield
                point = point + QPoint(self._random.randint(-30, 30), self._random.randint(-30, 30))
                if not _there(window) or not window.geometry().translated(-window.position()).contains(point):
                    break
        yield

    def _pull(self, what: str, window: QWindow, widget: QWidget, way: Sequence[QPoint]) -> Gesture:
        """Press, move along a way of at least two points, release; other events come in between."""
        self._note(what, widget, " to ".join(f"({point.x()}, {point.y()})" for point in (way[0], way[-1])))
        left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mouseMove(window, way[0])
        QTest.mousePress(window, left, plain, way[0])
        for point in way[1:]:
            yield
            if not _there(window):
                break
            QTest.mouseMove(window, point)
        yield
        # The button is let go even where the window has gone in the meantime.
        QTest.mouseRelease(window if _there(window) else self._main.windowHandle(), left, plain, way[-1])

    def _drag(self) -> Gesture:
        if found := self._place():
            window, start, widget = found
            end = self._somewhere(window)
            if self._random.random() < 0.5:
                end = start + QPoint(self._random.randint(-60, 60), self._random.randint(-60, 60))
            steps = self._random.randint(2, 8)
            yield from self._pull("drag", window, widget, [start + (end - start) * n / steps for n in range(steps + 1)])
        yield

    def _draw(self) -> Gesture:
        if found := self._place(Canvas):
            window, start, widget = found
            box = widget.visibleRegion().boundingRect()
            corner = widget.mapTo(widget.window(), QPoint(0, 0))
            more = [
                corner
                + QPoint(
                    self._random.randint(box.left(), max(box.left(), box.right())),
                    self._random.randint(box.top(), max(box.top(), box.bottom())),
                )
                for _ in range(self._random.randint(1, 12))
            ]
            yield from self._pull("draw on", window, widget, [start, *more])
        yield

    def _move_card(self) -> Gesture:
        card = self._any_widget(LayerCard)
        if card is not None and (found := self._at(card.window(), card.mapTo(card.window(), QPoint(8, 16)), card)):
            window, start, _ = found
            end = start + QPoint(0, self._random.randint(-160, 160))
            steps = self._random.randint(2, 6)
            way = [start + (end - start) * n / steps for n in range(steps + 1)]
            yield from self._pull("drag the grip of", window, card, way)
        yield

    def _turn_wheel(self, found: tuple[QWindow, QPoint, QWidget]) -> None:
        window, point, widget = found
        if not (_there(window) and isValid(widget)):
            return
        turned = QPoint(0, self._random.choice((-480, -120, -120, 120, 120, 480)))
        modifier = self._random.choice([Qt.KeyboardModifier.NoModifier] * 4 + [Qt.KeyboardModifier.ControlModifier])
        self._note("turn the wheel over", widget, turned.y())
        event = QWheelEvent(
            QPointF(point),
            QPointF(window.mapToGlobal(point)),
            QPoint(),
            turned,
            Qt.MouseButton.NoButton,
            modifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(window, event)

    def _wheel(self) -> Gesture:
        if found := self._place():
            for _ in range(self._random.randint(1, 4)):
                self._turn_wheel(found)
                yield

    def _zoom(self) -> Gesture:
        if found := self._place(LiveChart):
            for _ in range(self._random.randint(1, 6)):
                self._turn_wheel(found)
                yield
            window, start, widget = found
            if self._random.random() < 0.5 and _there(window) and isValid(widget):
                yield from self._pull("pan", window, widget, [start, self._somewhere(window), self._somewhere(window)])
        yield

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _keyboard(self) -> QWidget:
        """What the keyboard speaks to."""
        active = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        return _focused(active or QApplication.activeWindow() or self._main)

    def _press(self, keys: str) -> None:
        self._strike(*_keys(keys))

    def _strike(self, *key: Any) -> None:
        """Press and release: each to what has the keyboard then, for the press may have taken the first away."""
        for half in (QTest.keyPress, QTest.keyRelease):
            if isValid(widget := self._keyboard()):
                half(widget, *key)

    def _key(self) -> Gesture:
        keys = self._random.choice(KEYS)
        for _ in range(self._random.choice((1, 1, 1, 2, 5))):
            self._note("press", self._keyboard(), keys)
            self._press(keys)
            yield

    def _type(self) -> Gesture:
        found = self._place(QLineEdit, QPlainTextEdit, QComboBox)
        if found is None:
            return
        window, point, _ = found
        QTest.mouseClick(window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
        yield
        if QApplication.activePopupWidget() is not None:
            return
        field = self._keyboard()
        text = self._random.choice(self._random.choice((GOOD_TEXTS, GOOD_TEXTS, BAD_TEXTS)))
        if self._random.random() < 0.1:
            text = str(self._random.choice(self._files()))
        self._note("type in", field, repr(text))
        if self._random.random() < 0.8:
            self._press("Ctrl+A")
        for character in text:
            if character.isascii():
                self._strike(character)
            else:  # QTest knows no key for it
                for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                    event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character)
                    QApplication.sendEvent(self._keyboard(), event)
        yield
        self._press(self._random.choice(("Return", "Tab", "Tab", "Esc", "Up", "Ctrl+Z")))

    def _paste(self) -> Gesture:
        text = self._random.choice((self._main.studio.document.layers_as_text(), "nonsense", '{"layer": "dense"}', ""))
        self._note("paste", None, text[:20])
        QApplication.clipboard().setText(text)
        self._main.commands.paste_layers()
        yield

    # -- the whole window ---------------------------------------------------------------------------------------------

    def _train(self) -> Gesture:
        keys = self._random.choice(("Space", "Space", ".", "E"))
        self._note("press", self._main, keys)
        QTest.keyClick(self._main, *_keys(keys))
        yield

    def _resize(self) -> Gesture:
        window = self._random.choice(self._windows() or [self._main])
        least = window.minimumSize()
        width, height = self._random.randint(least.width(), 2000), self._random.randint(least.height(), 1200)
        if self._random.random() < 0.3:
            width, height = max(least.width(), 1), max(least.height(), 1)
        self._note("resize", window, (width, height))
        for step in range(1, 5):
            if not isValid(window):
                break
            size = window.size()
            window.resize(
                round(size.width() + (width - size.width()) * step / 4),
                round(size.height() + (height - size.height()) * step / 4),
            )
            yield

    def _switch_theme(self) -> Gesture:
        button = self._main.title_bar.theme_button
        if button.isVisible() and QApplication.activeModalWidget() is None:
            self._note("click", button)
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        yield

    def _drop(self) -> Gesture:
        path = self._random.choice(self._files())
        self._note("drop", self._main, path.name)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        place, copy = QPoint(300, 300), Qt.DropAction.CopyAction
        buttons, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(self._main, QDragEnterEvent(place, copy, data, buttons, plain))
        QApplication.sendEvent(self._main, QDropEvent(QPointF(place), copy, data, buttons, plain))
        yield

    def _leave(self) -> Gesture:
        self._note("close", self._main)
        self._main.close()
        yield

    # -- menus and dialogs --------------------------------------------------------------------------------------------

    def _open_menu(self) -> Gesture:
        if found := self._place(QMenuBar):
            window, _, bar = found
            assert isinstance(bar, QMenuBar)
            action = self._random.choice(bar.actions())
            point = bar.mapTo(bar.window(), bar.actionGeometry(action).center())
            self._note("open the menu", bar, action.text())
            QTest.mouseClick(window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
        yield

    def _in_popup(self, popup: QWidget) -> Gesture:
        self.counts["in a menu"] += 1
        self.seen.add(type(popup))
        way = self._random.random()
        handle: QWindow | None = popup.windowHandle()
        if way < 0.12 or handle is None:
            self._note("leave", popup)
            QTest.keyClick(popup, Qt.Key.Key_Escape)
        elif way < 0.2:
            self._note("click beside", popup)
            main = self._main.windowHandle()
            QTest.mouseClick(main, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self._somewhere(main))
        elif way < 0.35:
            key = self._random.choice(("Up", "Down", "Left", "Right", "Return", "Home", "End"))
            self._note("press", popup, key)
            QTest.keyClick(_focused(popup), *_keys(key))
        else:
            point = self._somewhere(handle)
            text = ""
            if isinstance(popup, QMenu) and (actions := [each for each in popup.actions() if not each.isSeparator()]):
                action = self._random.choice(actions)
                point, text = popup.actionGeometry(action).center(), action.text()
            self._note("choose in", popup, text)
            QTest.mouseMove(handle, point)
            if _there(handle):
                QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
        yield

    def _files(self) -> list[Path]:
        """Files there are, and one that there is not."""
        return [*sorted(each for each in self._folder.iterdir() if each.suffix), self._folder / "missing.json"]

    def _answer(self, dialog: QFileDialog) -> Gesture:
        """Give a file dialog a path in the folder, or leave it. Nothing else: it could do harm in it."""
        self.counts["file dialog"] += 1
        field, box = dialog.findChild(QLineEdit, "fileNameEdit"), dialog.findChild(QDialogButtonBox)
        if self._in_modal > STUCK or self._random.random() < 0.3 or field is None or box is None:
            self._note("leave", dialog, dialog.windowTitle())
            dialog.reject()
        else:
            path = self._random.choice(self._files())
            if dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave and self._random.random() < 0.7:
                path = self._folder / f"mine-{self._random.randrange(6)}"
            self._note("answer", dialog, f"{dialog.windowTitle()} by {path.name}")
            field.setText(str(path))
            for button in box.buttons():
                if box.buttonRole(button) == QDialogButtonBox.ButtonRole.AcceptRole:
                    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
                    break
        yield

    def _leave_dialog(self, dialog: QWidget) -> Gesture:
        self.counts["leave a dialog"] += 1
        self._note("leave", dialog, dialog.windowTitle())
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        if self._in_modal > STUCK:
            dialog.close()
        yield


def _there(window: QWindow) -> bool:
    """Whether a window can still be used: what an action has begun with may go while others come in between."""
    return isValid(window) and window.isVisible()


def _focused(window: QWidget) -> QWidget:
    """What has the focus of a window, or the window."""
    focused: QWidget | None = window.focusWidget()
    return window if focused is None else focused


def _keys(words: str) -> tuple[Qt.Key, Qt.KeyboardModifier]:
    """A key and its modifiers, from words such as Ctrl+Z."""
    first = QKeySequence(words)[0]  # type: ignore[index]  # which it is
    return first.key(), first.keyboardModifiers()
