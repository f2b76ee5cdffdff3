/* Beats one by one. */

#include "vectors.h"

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
