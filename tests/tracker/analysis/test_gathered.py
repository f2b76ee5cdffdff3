import numpy as np

from tracker.analysis.gathered import ROOM, Gathered


def test_rows_come_out_in_the_order_in_which_they_went_in():
    gathered, chance = Gathered(3), np.random.default_rng(1)
    rows = chance.normal(size=(3 * ROOM // 12, 3)).astype(np.float32)
    for part in np.split(rows, [0, 1, 5, 5, ROOM // 12, ROOM // 12 + 1, 2 * ROOM // 12 + 7]):
        gathered.append(part)
    assert np.array_equal(gathered.finish(), rows)


def test_nothing_gathered_is_no_row():
    assert Gathered(7, np.float16).finish().shape == (0, 7)
