from __future__ import annotations

from PySide6.QtCore import QRect, QSize

from app.window.placement import placed

MAIN, SECOND = QRect(0, 0, 1920, 1080), QRect(1920, 0, 2560, 1440)
LEAST = QSize(1180, 720)


def test_a_place_that_still_exists_is_kept() -> None:
    for wanted in (QRect(100, 60, 1440, 900), MAIN, QRect(2000, 300, 1440, 900)):
        assert placed(wanted, [MAIN, SECOND], LEAST) == wanted


def test_a_window_of_a_screen_that_has_gone_comes_to_the_main_one() -> None:
    assert placed(QRect(2400, 300, 1440, 900), [MAIN], LEAST) == QRect(480, 180, 1440, 900)


def test_a_smaller_screen_takes_a_smaller_window() -> None:
    assert placed(QRect(200, 100, 1900, 1000), [QRect(0, 0, 1366, 768)], LEAST) == QRect(0, 0, 1366, 768)


def test_the_least_size_is_kept_and_the_top_left_corner_seen() -> None:
    assert placed(QRect(50, 50, 1440, 900), [QRect(0, 24, 1024, 576)], LEAST) == QRect(0, 24, 1180, 720)


def test_of_several_screens_that_with_most_of_it_is_taken() -> None:
    assert placed(QRect(1800, 900, 1440, 900), [MAIN, SECOND], LEAST) == QRect(1920, 540, 1440, 900)


def test_the_title_of_the_frame_stays_on_the_screen() -> None:
    assert placed(QRect(0, 10, 1440, 900), [MAIN], LEAST, above=28) == QRect(0, 28, 1440, 900)
