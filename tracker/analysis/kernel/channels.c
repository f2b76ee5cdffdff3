/* The samples themselves: by channels, as one channel, at a lower rate. */

#include "vectors.h"

/* Infinite and absurd values: no numbers become 0, what is too loud is cut. */
WITHIN float mended(float value, float highest)
{
    if (!isfinite(value))
        return 0;
    return value > highest ? highest : value < -highest ? -highest : value;
}

/* A block of `frames`, one every `step` samples, with their `channels` one every `apart`, becomes
   rows of samples, `stride` apart, and their mean, unless `mono` is NULL. Answers whether a sample
   had to be mended: each is within +-highest.
 */
EVERYWHERE
int part(const float *restrict block, size_t frames, size_t channels, size_t step, size_t apart,
         float highest, float *restrict rows, size_t stride, float *restrict mono)
{
    const float share = 1.0f / channels;
    int damaged = 0;

    for (size_t start = 0; start < frames; start += 8 * CHUNK) {
        const float *from = block + start * step;
        float *to = rows + start;
        size_t count = frames - start < 8 * CHUNK ? frames - start : 8 * CHUNK;
        int32_t wrong = 0;

        if (channels == 2 && step == 2 && apart == 1) { /* what most files are */
            float *right = to + stride;
            for (size_t i = 0; i < count; i++) {
                to[i] = from[2 * i];
                right[i] = from[2 * i + 1];
            }
        } else {
            for (size_t c = 0; c < channels; c++)
                for (size_t i = 0; i < count; i++)
                    to[c * stride + i] = from[i * step + c * apart];
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
