/* Squares behind a filter: what loudness is the sum of. */

#include "vectors.h"

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
