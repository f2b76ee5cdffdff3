/* How high samples lie, and the sound between them. */

#include "vectors.h"

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
void heights(const float *samples, size_t chunks, float *found, double *sums)
{
    found[0] = highest_of(samples - REACH, REACH);
    found[chunks + 1] = highest_of(samples + chunks * CHUNK, REACH);
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
        found[chunk + 1] = highest_of(from, CHUNK);
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

/* Counts the runs of `least` samples and more that reach `full`; `tops` is what `heights` finds. */
EVERYWHERE
void clips(const float *samples, size_t chunks, const float *tops, float full, int64_t least,
           runs *runs)
{
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        const float *from = samples + chunk * CHUNK;
        if (tops[chunk + 1] < full) {
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
WITHIN float rises(const float *from, const float *tops, const float *kernels, size_t number,
                   float gain, float bend, float highest)
{
    const float beside = higher(tops[0], tops[1]);
    float above;

    if (higher(tops[-1], beside) * gain <= highest)
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
   lie before and behind them, `tops` is what `heights` finds; the others peak.py explains.
 */
EVERYWHERE
float between(const float *samples, size_t chunks, const float *tops, const float *kernels,
              size_t number, float gain, float bend, float highest)
{
    size_t first = 0;
    if (!chunks)
        return highest;
    for (size_t chunk = 1; chunk < chunks; chunk++)
        if (tops[chunk + 1] > tops[first + 1])
            first = chunk;
    /* The most promising one spares the most of the others. */
    highest = rises(samples + first * CHUNK, tops + first + 1, kernels, number, gain, bend,
                    highest);
    for (size_t chunk = 0; chunk < chunks; chunk++)
        highest = rises(samples + chunk * CHUNK, tops + chunk + 1, kernels, number, gain, bend,
                        highest);
    return highest;
}
