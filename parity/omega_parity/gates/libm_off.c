/* Every result of the platform's libm that is not exact by IEEE 754, one ulp off. Preloaded, it shows whether a value
   that reaches a result came from there; what IEEE 754 prescribes (sqrt, floor, fmod, …) stays as it is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

static void *original(const char *name) { return dlsym(RTLD_NEXT, name); }

static double off(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7ff0000000000000u) == 0x7ff0000000000000u || bits << 1 == 0)
        return x; /* NaN, an infinity or a zero */
    bits += 1;
    memcpy(&x, &bits, sizeof bits);
    return x;
}

#define ONE(name)                                      \
    double name(double x) {                            \
        static double (*call)(double);                 \
        if (!call) *(void **)&call = original(#name);  \
        return off(call(x));                           \
    }
#define TWO(name)                                      \
    double name(double x, double y) {                  \
        static double (*call)(double, double);         \
        if (!call) *(void **)&call = original(#name);  \
        return off(call(x, y));                        \
    }

ONE(exp) ONE(exp2) ONE(expm1) ONE(log) ONE(log2) ONE(log10) ONE(log1p) ONE(cbrt)
ONE(sin) ONE(cos) ONE(tan) ONE(asin) ONE(acos) ONE(atan) ONE(sinh) ONE(cosh) ONE(tanh)
ONE(asinh) ONE(acosh) ONE(atanh) ONE(erf) ONE(erfc) ONE(lgamma) ONE(tgamma)
TWO(pow) TWO(atan2) TWO(hypot)

/* A fused product and sum is exact by IEEE 754, but neither side may fuse (N-1). */
double fma(double x, double y, double z) {
    static double (*call)(double, double, double);
    if (!call) *(void **)&call = original("fma");
    return off(call(x, y, z));
}
