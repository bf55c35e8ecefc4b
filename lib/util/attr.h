/*
 * What compilers are told about a variable or a function.
 */
#ifndef BTC_UTIL_ATTR_H
#define BTC_UTIL_ATTR_H

/* A large array that is written before it is read: not zeroed each time, as
 * -ftrivial-auto-var-init would have it. */
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define BTCU_UNINIT __attribute__((uninitialized))
#endif
#endif
#ifndef BTCU_UNINIT
#define BTCU_UNINIT
#endif

/* A function with large arrays, apart from those that do without: an idle thread
 * then touches less of its stack. */
#define BTCU_APART __attribute__((noinline))

#endif
