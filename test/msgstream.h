/*
 * Streams of v1 messages of regtest, as files of them pass between programs.
 * What cannot be read or written ends the program, with a sentence.
 */
#ifndef TEST_MSGSTREAM_H
#define TEST_MSGSTREAM_H

#include <stddef.h>
#include <stdio.h>

#include <btcpeer/wire.h>

/* Ends the program. */
void stream_fail(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* The next message, nothing left over behind its body; NULL at the end.  Give
 * it back with btcwire_msg_unref(). */
struct btcwire_msg *stream_read(FILE *f);

void stream_write(FILE *f, enum btcwire_type type, const void *payload,
    size_t len);

/* As COMMAND on a command line; BTCWIRE_UNKNOWN ends the program. */
enum btcwire_type stream_type(const char *command);

#endif
