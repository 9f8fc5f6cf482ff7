"""evaluation/report.py: tables and contact sheets."""

import math

import numpy as np

from evaluation.report import Score, contact_sheet, markdown


def test_a_sheet_shows_crops_at_full_size_under_their_labels() -> None:
    crops = [np.full((30, 50, 3), shade, np.uint8) for shade in (10, 200)]
    page = np.asarray(contact_sheet([[("noisy", crops[0]), ("truth", crops[1])]] * 2))
    for crop in crops:
        assert (page == crop[0, 0]).all(axis=2).sum() >= 2 * 30 * 50
    assert page.shape[1] == 2 * (50 + 4) + 4


def score(method: str, value: float) -> Score:
    return Score("clean", "a.png", method, value, 1.0, 0.25)


def test_the_table_holds_the_mean_over_pictures() -> None:
    table = markdown([score("ours", 30), score("ours", 33)], "set")
    assert "| clean | 31.50 |" in table


def test_the_table_says_identical_rather_than_infinite() -> None:
    table = markdown([score("noisy input", math.inf)], "set")
    assert "| clean | identical |" in table


def test_one_identical_picture_counts_as_100_db_in_a_mean() -> None:
    assert "| clean | 70.00 |" in markdown([score("ours", math.inf), score("ours", 40)], "set")


def test_a_method_that_a_case_has_no_figure_for_gets_a_dash() -> None:
    other = Score("jpeg", "a.png", "median", 20, 0.5, 0)
    assert "| jpeg | – | 20.00 |" in markdown([score("ours", 30), other], "set")


def test_blotches_of_luma_and_chroma_share_a_cell() -> None:
    table = markdown([Score("clean", "a", "ours", 30, 1.0, 0.25, 0.5, 0.125)], "set")
    assert "| clean | 0.50 / 0.12 |" in table


def test_pictures_without_flat_areas_are_left_out_of_the_blotches() -> None:
    flat = Score("clean", "a", "ours", 30, 1.0, 0.25, 0.5, 0.25)
    assert "| clean | 0.50 / 0.25 |" in markdown([flat, score("ours", 30)], "set")
    last = markdown([score("ours", 30)], "set").rsplit("###", 1)[1]
    assert "| clean | – |" in last
