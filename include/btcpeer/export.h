/*
 * Marks used by every public header.
 */
#ifndef BTCPEER_EXPORT_H
#define BTCPEER_EXPORT_H

#if defined(__GNUC__)
# define BTCPEER_API __attribute__((visibility("default")))
# define BTCPEER_MUSTUSE __attribute__((warn_unused_result))
#else
# define BTCPEER_API
# define BTCPEER_MUSTUSE
#endif

/* The callee owns this argument from here on, also when it fails. */
#define BTCPEER_TAKES

#endif
