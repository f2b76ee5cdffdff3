/* Magnitudes of windows, and what is found in rows of them. */

#include "vectors.h"

/* Rows of eight become columns. */
WITHIN void turned(eight rows[8])
{
    eight pairs[8], quads[8];
    for (int i = 0; i < 8; i += 2) {
        pairs[i] = PICKED(eight_places, rows[i], rows[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        pairs[i + 1] = PICKED(eight_places, rows[i], rows[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (int i = 0; i < 8; i += 4)
        for (int j = 0; j < 2; j++) {
            eight one = pairs[i + j], other = pairs[i + j + 2];
            quads[i + 2 * j] = PICKED(eight_places, one, other, 0, 1, 8, 9, 4, 5, 12, 13);
            quads[i + 2 * j + 1] = PICKED(eight_places, one, other, 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int i = 0; i < 4; i++) {
        rows[i] = PICKED(eight_places, quads[i], quads[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        rows[i + 4] = PICKED(eight_places, quads[i], quads[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

/* A complex number of each of eight transforms. */
typedef struct {
    eight re, im;
} wave;

WITHIN wave sum_of(wave a, wave b) { return (wave){a.re + b.re, a.im + b.im}; }
WITHIN wave less(wave a, wave b) { return (wave){a.re - b.re, a.im - b.im}; }
WITHIN wave times(wave a, const float by[2])
{
    return (wave){a.re * by[0] - a.im * by[1], a.re * by[1] + a.im * by[0]};
}

/* Eight Fourier transforms of `count` complex numbers at once, in place: a radix of four, decimated
   in time, over numbers in the order of their reversed bits (Cooley & Tukey 1965). `turns` are the
   roots of unity in the order in which they are used.
 */
WITHIN const float *transformed(wave *waves, size_t count, const float *turns)
{
    size_t done = 1;
    if (count & 0xAAAAAAAA) { /* an odd power of two */
        for (size_t i = 0; i < count; i += 2) {
            wave a = waves[i], b = waves[i + 1];
            waves[i] = sum_of(a, b);
            waves[i + 1] = less(a, b);
        }
        done = 2;
    }
    for (; done < count; done *= 4) {
        for (size_t k = 0; k < done; k++, turns += 6)
            for (wave *at = waves + k; at < waves + count; at += 4 * done) {
                wave a = at[0], c = times(at[done], turns + 2);
                wave b = times(at[2 * done], turns), d = times(at[3 * done], turns + 4);
                wave even = sum_of(a, c), odd = sum_of(b, d), apart = less(a, c), across = less(b, d);
                at[0] = sum_of(even, odd);
                at[done] = (wave){apart.re + across.im, apart.im - across.re};
                at[2 * done] = less(even, odd);
                at[3 * done] = (wave){apart.re - across.im, apart.im + across.re};
            }
    }
    return turns;
}

/* The magnitude of line `k` of eight real windows, from those of their halves as complex numbers. */
WITHIN eight line(const wave *waves, size_t count, size_t k, const float *turn)
{
    wave a = waves[k & (count - 1)], b = waves[(count - k) & (count - 1)];
    wave even = {a.re + b.re, a.im - b.im};
    wave odd = times((wave){a.im + b.im, b.re - a.re}, turn);
    eight re = even.re + odd.re, im = even.im + odd.im, power = re * re + im * im;
    for (int i = 0; i < 8; i++)
        power[i] = 0.5f * sqrtf(power[i]);
    return power;
}

/* The magnitudes of windows of `size` samples, a power of two, one every `hop`: of each its lines
   from 0 to before `keep`. `order` is where each of half as many numbers goes, `turns` are the roots
   of unity of the transform, then those of the lines; `work` is room for eight windows.
 */
EVERYWHERE
void magnitudes(const float *samples, size_t frames, size_t hop, size_t size, const float *window,
             const int32_t *order, const float *turns, size_t keep, wave *work, float *found)
{
    const size_t half = size / 2;
    for (size_t first = 0; first < frames; first += 8) {
        const size_t count = frames - first < 8 ? frames - first : 8;
        const float *from[8], *roots;
        float *to = found + first * keep;

        for (size_t f = 0; f < 8; f++)
            from[f] = samples + (first + (f < count ? f : 0)) * hop;
        for (size_t i = 0; i < size; i += 8) {
            eight rows[8], weights = *(const eight *)(window + i);
            for (size_t f = 0; f < 8; f++)
                rows[f] = *(const eight *)(from[f] + i) * weights;
            turned(rows);
            for (size_t j = 0; j < 4; j++)
                work[order[i / 2 + j]] = (wave){rows[2 * j], rows[2 * j + 1]};
        }
        roots = transformed(work, half, turns);
        for (size_t k = 0; k < keep; k += 8) {
            const size_t lines = keep - k < 8 ? keep - k : 8;
            eight rows[8] = {0};
            for (size_t j = 0; j < lines; j++)
                rows[j] = line(work, half, k + j, roots + 2 * (k + j));
            turned(rows);
            for (size_t f = 0; f < count; f++)
                memcpy(to + f * keep + k, rows + f, lines * sizeof(float));
        }
    }
}

/* In each of `frames` rows of `width` powers the first place up to which `share` of the sum lies. */
EVERYWHERE
void rolloffs(const float *powers, size_t frames, size_t width, double share, int64_t *places)
{
    for (size_t frame = 0; frame < frames; frame++) {
        const float *row = powers + frame * width;
        double whole = 0, sum = 0;
        size_t place = 0;
        for (size_t i = 0; i < width; i++)
            whole += row[i];
        for (; place + 1 < width && (sum += row[place]) < share * whole; place++)
            ;
        places[frame] = (int64_t)place;
    }
}

/* Where spectra, `width` bins each, have peaks above `least` at bins from `first` to before `end`:
   the places among all bins, and the mean power from below[bin - first] to before above[bin -
   first]. Answers how many there are; there is room for every second bin. `sums` is for `width` + 1
   numbers.
 */
EVERYWHERE
size_t peaks(const float *spectra, size_t frames, size_t width, size_t first, size_t end,
             float least, const int64_t *below, const int64_t *above, double *sums,
             int64_t *places, float *around)
{
    size_t found = 0;
    for (size_t frame = 0; frame < frames; frame++) {
        const float *bins = spectra + frame * width;
        double sum = 0;
        for (size_t bin = 0; bin < width; bin++) {
            sums[bin] = sum;
            sum += (double)bins[bin] * bins[bin];
        }
        sums[width] = sum;
        for (size_t bin = first; bin < end; bin++) {
            if (!(bins[bin] > least && bins[bin] > bins[bin - 1] && bins[bin] >= bins[bin + 1]))
                continue;
            int64_t low = below[bin - first], high = above[bin - first];
            places[found] = (int64_t)(frame * width + bin);
            around[found++] = (float)((sums[high] - sums[low]) / (double)(high - low));
        }
    }
    return found;
}
