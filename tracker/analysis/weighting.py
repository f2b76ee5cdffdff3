"""How loud the ear takes a frequency to be: the K-weighting of ITU-R BS.1770-4, made cheap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from tracker.analysis.decode import Series
from tracker.analysis.gathered import Room

Poly = NDArray[np.float64]
"""Coefficients of 1, z^-1, z^-2 ..."""

LENGTH = 64
"""Samples of a block: more of them cost matrix work, fewer cost recursion."""
GROUP = 16
"""States that one product finds, from one to the next."""
LEAST = 1e-3
"""The share of a block's squares, as loud as can be, that is told from rounding."""
ALIKE = 0.002
"""Gains, of power, that differ by no more are one: 0.004 dB off at most."""
SHELF_FROM = 4_000
"""Hz of a sample rate; below it nothing is left for the shelf to lift."""


def k_weighting(rate: int) -> list[tuple[Poly, Poly]]:
    """The two biquads of BS.1770 for any sample rate, from their analogue prototypes."""
    stages = [_high_pass(rate, 38.13547087602444, 0.5003270373238773)]
    if rate >= SHELF_FROM:
        stages.append(_shelf(rate, 1681.974450955533, 0.7071752369554196, 3.999843853973347))
    return stages


def channel_weights(channels: int) -> list[float]:
    """1 for each channel, 1.41 for those beside the listener, 0 for the low-frequency one.

    As WAV and FLAC order them: 5.0 is L R C Ls Rs, 5.1 has the LFE behind C, 7.1 two more behind
    the listener before Ls and Rs (BS.1770-4, table 4).
    """
    match channels:
        case 5:
            return [1, 1, 1, 1.41, 1.41]
        case 6:
            return [1, 1, 1, 0, 1.41, 1.41]
        case 8:
            return [1, 1, 1, 0, 1, 1, 1.41, 1.41]
    return [1.0] * channels


class Blockwise:
    """A cascade of biquads over each channel, for a fraction of the cost of running them by samples.

    The cascade is a sum of second-order sections (partial fractions). Over a block each is a
    matrix on its samples, plus the free response to the state before it; only the states, two
    numbers a section and block, are run through a recursion. All is float32: states are in
    coordinates in which free responses are orthonormal, so nothing large cancels.
    """

    def __init__(self, stages: list[tuple[Poly, Poly]], channels: int = 1) -> None:
        direct, sections = _parallel(stages)
        parts = [_Section.of(numerator, poles) for numerator, poles in sections]
        response = direct * np.eye(1, LENGTH)[0] + sum(part.response for part in parts)
        lags = np.arange(LENGTH)[None, :] - np.arange(LENGTH)[:, None]
        forced = np.where(lags >= 0, response[np.maximum(lags, 0)], 0)
        free = np.concatenate([part.free for part in parts])
        self.size = len(free)
        """Of all states of a channel together."""
        self.forced, self.free = forced.astype(np.float32), free.astype(np.float32)
        """From the samples of a block, and from the state before it, to the filtered ones."""
        self.squares = _Squares.of(forced, free, np.concatenate([p.inward for p in parts], axis=1))
        self.recursion = _Recursion(block_diag(*(part.turn for part in parts)))
        self.states = np.zeros((channels, 1, self.size), np.float32)
        self.room = Room()

    def feed(self, samples: Series) -> Weighted:
        """Each channel filtered, until more is fed; the samples are a multiple of `LENGTH`."""
        blocks = samples.reshape(len(samples), -1, LENGTH)
        matrix = self.squares.blocks
        product = np.matmul(blocks, matrix, out=self.room.of(*blocks.shape[:2], matrix.shape[1]))
        pushed = np.concatenate([self.states, product[:, :, : self.size]], axis=1)
        states = self.recursion.run(pushed)
        self.states = states[:, -1:]
        return Weighted(self, blocks, states[:, :-1], product)


@dataclass(frozen=True)
class Weighted:
    """Filtered blocks: channels by blocks by samples."""

    filter: Blockwise
    blocks: Series
    """What goes in."""
    states: Series
    """Before each block."""
    product: Series
    """The blocks by their matrix; worked on in place."""

    def samples(self, channels: Any = slice(None), blocks: Any = slice(None)) -> Series:
        """Of some channels and blocks, as an index of numpy names them."""
        forced = self.blocks[channels, blocks] @ self.filter.forced
        return np.asarray(forced + self.states[channels, blocks] @ self.filter.free)

    def squares(self) -> Series:
        """Their sums over each block: channels by blocks. To be asked for once."""
        form, product = self.filter.squares, self.product
        # Over the whole width, for narrow parts of rows cost more than they spare.
        product += self.states @ form.states
        product *= product
        whole = form.most * np.vecdot(self.blocks, self.blocks)
        sums = whole + product @ form.signs
        # Where next to nothing is left of a block the rounding of the rest would count.
        places = np.nonzero(sums < LEAST * whole)
        if len(places[0]):
            exact = self.samples(*places)
            sums[places] = np.vecdot(exact, exact)
        return sums


@dataclass(frozen=True)
class _Squares:
    """The sum of the squares of a filtered block, without the filtered samples.

    In a basis whose last axes are those that free responses lie in, it is the sum over the other
    coordinates, which no state reaches, and over these. The former is a quadratic form of the
    block's samples. Its eigenvalues are the gains of the filter, and all but a few, those of low
    frequencies, are the highest: so it is the highest times the sum of the samples' own squares,
    less some for these few eigenvectors.
    """

    most: np.float32
    """The highest gain, but for half of what is taken for alike."""
    blocks: Series
    """From a block into the states, to the coordinates that these reach, and to those that are
    less."""
    states: Series
    """From the state before the block to the same."""
    signs: Series
    """With which the squares of all these count."""

    @classmethod
    def of(
        cls, forced: NDArray[np.float64], free: NDArray[np.float64], inward: NDArray[np.float64]
    ) -> _Squares:
        reached, triangle = np.linalg.qr(free.T)
        onto = forced @ reached
        gains, axes = np.linalg.eigh(forced @ forced.T - onto @ onto.T)
        few, most = gains < gains[-1] * (1 - ALIKE), gains[-1] * (1 - ALIKE / 2)
        less = axes[:, few] * np.sqrt(most - gains[few])
        blocks = np.concatenate([inward, onto, less], axis=1).astype(np.float32)
        size = len(free)
        states = np.zeros((size, blocks.shape[1]), np.float32)
        states[:, size : 2 * size] = triangle.T
        signs = np.repeat(np.array([0, 1, -1], np.float32), [size, size, less.shape[1]])
        return cls(np.float32(most), blocks, states, signs)


@dataclass(frozen=True)
class _Section:
    """One second-order section from block to block."""

    inward: NDArray[np.float64]
    """What a block's samples add to the state: `LENGTH` x 2."""
    free: NDArray[np.float64]
    """What the state adds to a block's samples: 2 x `LENGTH`."""
    response: Poly
    """To a single 1, over a block."""
    turn: NDArray[np.float64]
    """From the state to the one a block later."""

    @classmethod
    def of(cls, numerator: Poly, poles: Poly) -> _Section:
        step = np.array([[-poles[1], -poles[2]], [1, 0]])
        powers = _powers(step, LENGTH)
        # The state is the last two values of the all-pole filter; the newest enters by itself.
        reads = np.array([numerator[0], numerator[1]])
        free, inward = reads @ powers[1:], powers[LENGTH - 1 :: -1, :, 0]
        alone = powers[:, 0, 0]
        response = numerator[0] * alone[:-1] + numerator[1] * np.append(0, alone[:-2])
        even, triangle = np.linalg.qr(free)
        turn = triangle @ powers[LENGTH] @ np.linalg.inv(triangle)
        return cls(inward @ triangle.T, even.T, response, turn)


class _Recursion:
    """Each state is the one before, turned, and what is pushed; found by groups, not one by one."""

    def __init__(self, turn: NDArray[np.float64]) -> None:
        self.size = len(turn)
        powers = _powers(turn.T, GROUP)
        lags = np.arange(GROUP)[None, :] - np.arange(GROUP)[:, None]
        steps = np.where((lags >= 0)[:, :, None, None], powers[np.maximum(lags, 0)], 0)
        whole = GROUP * self.size
        self.within = steps.transpose(0, 2, 1, 3).reshape(whole, whole).astype(np.float32)
        """From what is pushed in a group to its states."""
        self.onward = powers[1:].transpose(1, 0, 2).reshape(self.size, whole).astype(np.float32)
        """From the last state of the group before to those of a group."""
        self.turn = powers[GROUP].T

    @cached_property
    def groups(self) -> _Recursion:
        """That from the end of a group to the end of the next."""
        return _Recursion(self.turn)

    def run(self, pushed: Series) -> Series:
        """The states: channels by places by numbers, as is what is pushed."""
        channels, count, size = pushed.shape
        number = -(-count // GROUP)
        filled = np.zeros((channels, number * GROUP, size), np.float32)
        filled[:, :count] = pushed
        states = filled.reshape(channels, number, GROUP * size) @ self.within
        if number > 1:
            ends = self.groups.run(states[:, :, -size:])
            states[:, 1:] += ends[:, :-1] @ self.onward
        return np.asarray(states.reshape(channels, -1, size)[:, :count])


def _powers(matrix: NDArray[np.float64], highest: int) -> NDArray[np.float64]:
    """The powers from 0 to *highest*."""
    powers = [np.eye(len(matrix))]
    for _ in range(highest):
        powers.append(powers[-1] @ matrix)
    return np.array(powers)


def _parallel(stages: list[tuple[Poly, Poly]]) -> tuple[float, list[tuple[Poly, Poly]]]:
    """The product of the stages as a number plus a sum of sections with the same poles."""
    whole, poles = np.ones(1), np.ones(1)
    for numerator, denominator in stages:
        whole, poles = np.convolve(whole, numerator), np.convolve(poles, denominator)
    columns = [poles]
    for place in range(len(stages)):
        others = np.ones(1)
        for other, (_, denominator) in enumerate(stages):
            others = np.convolve(others, denominator) if other != place else others
        columns += [np.pad(others, (0, 2)), np.pad(others, (1, 1))]
    solved = np.linalg.solve(np.stack(columns, axis=1), whole)
    numerators = solved[1:].reshape(-1, 2)
    return float(solved[0]), list(zip(numerators, (stage[1] for stage in stages), strict=True))


def _shelf(rate: int, frequency: float, q: float, gain: float) -> tuple[Poly, Poly]:
    k = np.tan(np.pi * frequency / rate)
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    scale = 1 + k / q + k * k
    above = [high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k]
    return np.array(above) / scale, _poles(k, q)


def _high_pass(rate: int, frequency: float, q: float) -> tuple[Poly, Poly]:
    return np.array([1.0, -2.0, 1.0]), _poles(np.tan(np.pi * frequency / rate), q)


def _poles(k: float, q: float) -> Poly:
    scale = 1 + k / q + k * k
    return np.array([1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale])
