/*
 * Marks for clang's -Wthread-safety; for other compilers they are comments.
 */
#ifndef BTC_UTIL_TSA_H
#define BTC_UTIL_TSA_H

#if defined(__clang__)
# define TSA(x) __attribute__((x))
#else
# define TSA(x)
#endif
#define CAPABILITY  TSA(capability("mutex"))
#define ACQUIRES(m) TSA(acquire_capability(m))
#define RELEASES(m) TSA(release_capability(m))
#define REQUIRES(m) TSA(requires_capability(m))
#define NO_TSA      TSA(no_thread_safety_analysis)

#endif
