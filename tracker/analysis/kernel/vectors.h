/* What all files here share: some numbers at once, on whatever processor this runs.

   GCC's vectors, which clang has too. Nothing in these files allocates, keeps anything between two
   calls, or looks beyond what its arguments say: the Python of the same name checks them before.
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
#if !defined(__x86_64__) || !defined(__gnu_linux__) || (defined(__clang__) && __clang_major__ < 18)
#define EVERYWHERE
#elif defined(__clang__) || __GNUC__ >= 12
#define EVERYWHERE __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define EVERYWHERE __attribute__((target_clones("default", "avx2")))
#endif
/* What these call is built with them. */
#define WITHIN static inline __attribute__((always_inline))

/* Lie anywhere, not only at multiples of their size. */
typedef double four __attribute__((vector_size(32), aligned(8), may_alias));
typedef float eight __attribute__((vector_size(32), aligned(4), may_alias));

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
