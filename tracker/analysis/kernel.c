/* What measuring does to every single sample: one walk here, where numpy would take many.

   Nothing here allocates, keeps anything between two calls, or looks beyond what its arguments
   say; kernel.py checks these before each call. Built by contrib/build_kernel.py when tracker is
   installed. Plain C11 but for GCC's vectors, which clang has too.
 */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    CHUNK = 128, /* samples that are looked at together */
    REACH = 12,  /* samples on either side that a point between two depends on */
    TAPS = 5     /* numbers that a section of a filter multiplies samples with */
};

/* Built once for each generation of processors; the loader takes what the machine can do. */
#if !defined(__x86_64__) || !defined(__gnu_linux__)
#define EVERYWHERE
#elif defined(__clang__) || __GNUC__ >= 12
#define EVERYWHERE __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define EVERYWHERE __attribute__((target_clones("default", "avx2")))
#endif
/* What these call is built with them. */
#define WITHIN static inline __attribute__((always_inline))

/* The first half of the SHA-256 of this file: kernel.py refuses a library made of another. */
const char *source(void) { return SOURCE; }

/* Lie anywhere, not only at multiples of their size. */
typedef double four __attribute__((vector_size(32), aligned(8)));
typedef float eight __attribute__((vector_size(32), aligned(4)));

/* Some numbers of two vectors in a new order. */
#if defined(__clang__) || __GNUC__ >= 12
#define PICKED(places, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int64_t four_places __attribute__((vector_size(32)));
typedef int32_t eight_places __attribute__((vector_size(32)));
#define PICKED(places, a, b, ...) __builtin_shuffle(a, b, (places){__VA_ARGS__})
#endif

WITHIN float higher(float one, float other) { return one > other ? one : other; }

WITHIN float sum_of_eight(eight v)
{
    return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7]));
}

/* ---- the samples by channels --------------------------------------------------------------- */

/* Infinite and absurd values: no numbers become 0, what is too loud is cut. */
WITHIN float mended(float value, float highest)
{
    if (!isfinite(value))
        return 0;
    return value > highest ? highest : value < -highest ? -highest : value;
}

/* `frames` by `channels` become rows of samples, `stride` apart, and their mean, unless `mono` is
   NULL. Answers whether a sample had to be mended: each is within +-highest.
 */
EVERYWHERE
int part(const float *restrict block, size_t frames, size_t channels, float highest,
         float *restrict rows, size_t stride, float *restrict mono)
{
    const float share = 1.0f / channels;
    int damaged = 0;

    for (size_t start = 0; start < frames; start += 8 * CHUNK) {
        const float *from = block + start * channels;
        float *to = rows + start;
        size_t count = frames - start < 8 * CHUNK ? frames - start : 8 * CHUNK;
        int32_t wrong = 0;

        if (channels == 2) {
            float *right = to + stride;
            for (size_t i = 0; i < count; i++) {
                to[i] = from[2 * i];
                right[i] = from[2 * i + 1];
            }
        } else {
            for (size_t c = 0; c < channels; c++)
                for (size_t i = 0; i < count; i++)
                    to[c * stride + i] = from[i * channels + c];
        }
        for (size_t c = 0; c < channels; c++)
            for (size_t i = 0; i < count; i++)
                wrong |= !(fabsf(to[c * stride + i]) <= highest);
        if (wrong) {
            damaged = 1;
            for (size_t c = 0; c < channels; c++)
                for (size_t i = 0; i < count; i++)
                    to[c * stride + i] = mended(to[c * stride + i], highest);
        }
        if (mono) {
            for (size_t i = 0; i < count; i++)
                mono[start + i] = share * to[i];
            for (size_t c = 1; c < channels; c++)
                for (size_t i = 0; i < count; i++)
                    mono[start + i] += share * to[c * stride + i];
        }
    }
    return damaged;
}

/* ---- loudness ------------------------------------------------------------------------------ */

/* Two frames of two channels, a b a b; what a section heard, or said, in the four frames before. */
typedef struct {
    four older, last;
} past;

typedef struct {
    double taps[TAPS]; /* on the sample itself and those before it */
    double back[2];    /* on what came out two and four samples before */
} section;

/* Of four frames the two in the middle. */
WITHIN four middle(four older, four last) { return PICKED(four_places, older, last, 2, 3, 4, 5); }

/* What a section makes of two frames. They depend on none of each other, only on those before. */
WITHIN four filtered(const section *with, const past *heard, four now, past *said)
{
    four sum = with->taps[0] * now + with->taps[2] * heard->last + with->taps[4] * heard->older;
    sum += with->taps[1] * middle(heard->last, now) + with->taps[3] * middle(heard->older, heard->last);
    sum -= with->back[1] * said->older;
    return sum - with->back[0] * said->last;
}

WITHIN void remember(past *past, four now)
{
    past->older = past->last;
    past->last = now;
}

/* What fades away would end in numbers that processors are slow with. */
WITHIN four forgotten(four values)
{
    for (int i = 0; i < 4; i++)
        values[i] = fabs(values[i]) < 1e-30 ? 0 : values[i];
    return values;
}

/* Adds the squares of some frames of two channels to the sums of both. */
WITHIN void add_squares(const double *frames, size_t count, double *sums)
{
    four both = {0};
    size_t i = 0;
    for (; i + 2 <= count; i += 2) {
        four some = *(const four *)(frames + 2 * i);
        both += some * some;
    }
    sums[0] += both[0] + both[2];
    sums[1] += both[1] + both[3];
    if (i < count) {
        sums[0] += frames[2 * i] * frames[2 * i];
        sums[1] += frames[2 * i + 1] * frames[2 * i + 1];
    }
}

WITHIN void weighed(const float *one, const float *other, size_t chunks, const section *sections,
                    size_t number, past *state, const int64_t *edges, size_t edge_count,
                    double *sums)
{
    const section first = sections[0], second = sections[number - 1];
    past heard = state[0], between = state[1], said = state[number];
    double frames[2 * CHUNK];
    size_t edge = 0;

    for (size_t start = 0; start < chunks * CHUNK; start += CHUNK) {
        size_t place = 0;
        for (size_t i = 0; i < CHUNK; i += 2) {
            const float *a = one + start + i, *b = other + start + i;
            four now = {a[0], b[0], a[1], b[1]};
            four then = filtered(&first, &heard, now, &between);
            remember(&heard, now);
            if (number > 1) {
                now = filtered(&second, &between, then, &said);
                remember(&between, then);
                then = now;
            }
            remember(number > 1 ? &said : &between, then);
            *(four *)(frames + 2 * i) = then;
        }
        while (edge < edge_count && (size_t)edges[edge] <= start + CHUNK) {
            size_t end = (size_t)edges[edge] - start;
            add_squares(frames + 2 * place, end - place, sums + 2 * edge++);
            place = end;
        }
        add_squares(frames + 2 * place, CHUNK - place, sums + 2 * edge);
        between = (past){forgotten(between.older), forgotten(between.last)};
        said = (past){forgotten(said.older), forgotten(said.last)};
    }
    state[0] = heard;
    state[1] = between;
    if (number > 1)
        state[2] = said;
}

/* The squares of two channels behind a filter of one or two sections, summed up between edges.
   `edges` are places in these chunks, rising; `sums` holds two sums for each, and two more for
   what follows the last. `state` is the past of the samples and of each section, from one call to
   the next. `other` may be `one` again.
 */
EVERYWHERE
void weigh(const float *one, const float *other, size_t chunks, const section *sections,
           size_t number, past *state, const int64_t *edges, size_t edge_count, double *sums)
{
    if (number == 1)
        weighed(one, other, chunks, sections, 1, state, edges, edge_count, sums);
    else
        weighed(one, other, chunks, sections, 2, state, edges, edge_count, sums);
}

/* ---- levels -------------------------------------------------------------------------------- */

/* The bits of numbers that are not below 0 are in the order of the numbers. */
WITHIN float highest_of(const float *samples, size_t count)
{
    int32_t most = 0;
    float height;
    for (size_t i = 0; i < count; i++) {
        int32_t bits;
        memcpy(&bits, samples + i, sizeof bits);
        bits &= INT32_MAX;
        most = bits > most ? bits : most;
    }
    memcpy(&height, &most, sizeof height);
    return height;
}

/* The highest absolute value of the REACH samples before the chunks, of each chunk, and of the
   REACH samples behind them; `sums` gains the sum of the samples and that of their squares.
 */
EVERYWHERE
void levels(const float *samples, size_t chunks, float *heights, double *sums)
{
    heights[0] = highest_of(samples - REACH, REACH);
    heights[chunks + 1] = highest_of(samples + chunks * CHUNK, REACH);
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        const float *from = samples + chunk * CHUNK;
        eight sum = {0}, power = {0};
        for (size_t i = 0; i < CHUNK; i += 8) {
            eight some = *(const eight *)(from + i);
            sum += some;
            power += some * some;
        }
        sums[0] += sum_of_eight(sum);
        sums[1] += sum_of_eight(power);
        heights[chunk + 1] = highest_of(from, CHUNK);
    }
}

/* Runs of samples at full scale in one channel, from one call to the next. */
typedef struct {
    int64_t open; /* samples of the run that may go on */
    int64_t count, longest;
} runs;

WITHIN void close_run(runs *runs, int64_t least)
{
    if (runs->open >= least) {
        runs->count++;
        runs->longest = runs->open > runs->longest ? runs->open : runs->longest;
    }
    runs->open = 0;
}

/* Counts the runs of `least` samples and more that reach `full`; `heights` is what `levels` finds. */
EVERYWHERE
void clips(const float *samples, size_t chunks, const float *heights, float full, int64_t least,
           runs *runs)
{
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        const float *from = samples + chunk * CHUNK;
        if (heights[chunk + 1] < full) {
            close_run(runs, least);
            continue;
        }
        for (size_t i = 0; i < CHUNK; i += 8) {
            if (highest_of(from + i, 8) < full) {
                close_run(runs, least);
                continue;
            }
            for (size_t j = i; j < i + 8; j++)
                if (fabsf(from[j]) >= full)
                    runs->open++;
                else
                    close_run(runs, least);
        }
    }
}

/* The largest second difference around a chunk that a point between its samples depends on. */
WITHIN float most_bent(const float *from)
{
    float bent[CHUNK + 2 * REACH - 2];
    for (ptrdiff_t i = 0; i < CHUNK + 2 * REACH - 2; i++)
        bent[i] = from[i - REACH] - 2 * from[i - REACH + 1] + from[i - REACH + 2];
    return highest_of(bent, CHUNK + 2 * REACH - 2);
}

/* How high the sound rises between two samples, or `highest`. */
WITHIN float rise(const float *from, const float *kernels, size_t number, float highest)
{
    for (size_t k = 0; k < number; k++) {
        const float *kernel = kernels + 2 * REACH * k, *near = from + 1 - REACH;
        eight sum = {0};
        for (size_t j = 0; j < 2 * REACH; j += 8)
            sum += *(const eight *)(kernel + j) * *(const eight *)(near + j);
        highest = higher(highest, fabsf(sum_of_eight(sum)));
    }
    return highest;
}

/* How high one chunk rises between its samples, or `highest`. */
WITHIN float rises(const float *from, const float *heights, const float *kernels, size_t number,
                   float gain, float bend, float highest)
{
    const float beside = higher(heights[0], heights[1]);
    float above;

    if (higher(heights[-1], beside) * gain <= highest)
        return highest;
    above = bend * most_bent(from);
    if (beside + above <= highest)
        return highest;
    for (size_t i = 0; i < CHUNK; i += 8) {
        if (highest_of(from + i, 9) + above <= highest)
            continue;
        for (size_t j = i; j < i + 8; j++)
            if (higher(fabsf(from[j]), fabsf(from[j + 1])) + above > highest)
                highest = rise(from + j, kernels, number, highest);
    }
    return highest;
}

/* How high the chunks rise between their samples, or `highest`, where that is more. REACH samples
   lie before and behind them, `heights` is what `levels` finds; the others peak.py explains.
 */
EVERYWHERE
float between(const float *samples, size_t chunks, const float *heights, const float *kernels,
              size_t number, float gain, float bend, float highest)
{
    size_t first = 0;
    for (size_t chunk = 1; chunk < chunks; chunk++)
        if (heights[chunk + 1] > heights[first + 1])
            first = chunk;
    /* The most promising one spares the most of the others. */
    highest = rises(samples + first * CHUNK, heights + first + 1, kernels, number, gain, bend,
                    highest);
    for (size_t chunk = 0; chunk < chunks; chunk++)
        highest = rises(samples + chunk * CHUNK, heights + chunk + 1, kernels, number, gain, bend,
                        highest);
    return highest;
}

/* ---- one channel at a lower rate ------------------------------------------------------------ */

/* Every second sample, smoothed by 1/4 1/2 1/4; one more than twice as many come in. */
EVERYWHERE
void halve(const float *samples, size_t count, float *halves)
{
    for (size_t i = 0; i < count; i++)
        halves[i] = 0.25f * (samples[2 * i] + samples[2 * i + 2]) + 0.5f * samples[2 * i + 1];
}

/* Of pieces of `size` samples, a multiple of eight, the share of neighbours that lie on two sides
   of zero, and the mean square.
 */
EVERYWHERE
void cross(const float *samples, size_t pieces, size_t size, float *found)
{
    for (size_t piece = 0; piece < pieces; piece++) {
        const float *from = samples + piece * size;
        int32_t crosses = 0;
        eight power = {0};
        for (size_t i = 0; i + 1 < size; i++)
            crosses += (from[i] > 0) != (from[i + 1] > 0);
        for (size_t i = 0; i < size; i += 8)
            power += *(const eight *)(from + i) * *(const eight *)(from + i);
        found[2 * piece] = (float)crosses / (float)(size - 1);
        found[2 * piece + 1] = sum_of_eight(power) / (float)size;
    }
}

/* ---- spectra ------------------------------------------------------------------------------- */

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
void spectra(const float *samples, size_t frames, size_t hop, size_t size, const float *window,
             const int32_t *order, const float *turns, size_t keep, wave *work, float *magnitudes)
{
    const size_t half = size / 2;
    for (size_t first = 0; first < frames; first += 8) {
        const size_t count = frames - first < 8 ? frames - first : 8;
        const float *from[8], *roots;
        float *to = magnitudes + first * keep;

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

/* ---- pitches ------------------------------------------------------------------------------- */

/* Where spectra, `width` bins each, have peaks above `least` at bins from `first` to before `end`:
   the places among all bins, and the mean power from below[bin - first] to before above[bin -
   first]. Answers how many there are; there is room for every second bin. `sums` is for `width` + 1
   numbers.
 */
EVERYWHERE
size_t peaks(const float *magnitudes, size_t frames, size_t width, size_t first, size_t end,
             float least, const int64_t *below, const int64_t *above, double *sums,
             int64_t *places, float *around)
{
    size_t found = 0;
    for (size_t frame = 0; frame < frames; frame++) {
        const float *bins = magnitudes + frame * width;
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

/* ---- beats --------------------------------------------------------------------------------- */

/* The best way along onsets to each frame (Ellis 2007): its score, and the frame of the beat before
   or -1. The beat before lies one of `lags` away, in `periods` of this frame, and costs a `loss`.
 */
EVERYWHERE
void follow(const float *strength, const double *periods, size_t frames, const double *lags,
            const float *losses, size_t number, float *scores, int64_t *came)
{
    for (size_t frame = 0; frame < frames; frame++) {
        float best = 0;
        came[frame] = -1;
        for (size_t i = 0; i < number; i++) {
            int64_t before = (int64_t)frame - (int64_t)(periods[frame] * lags[i] + 0.5);
            float score = before < 0 || before >= (int64_t)frame ? 0 : scores[before] + losses[i];
            if (score > best) {
                best = score;
                came[frame] = before;
            }
        }
        scores[frame] = strength[frame] + best;
    }
}
