/*
 * The bytes to decode: a file or standard input, read whole, raw or in hex.
 *
 * It is hex when there is nothing in it but hex digits and white space, which
 * may stand anywhere.
 */
#ifndef SAMPLES_DECODE_INPUT_H
#define SAMPLES_DECODE_INPUT_H

#include <btcpeer/wire.h>

#define INPUT_MAX ((size_t)1 << 30)	/* bytes; longer files are refused */

struct input {
	uint8_t *data;		/* owned; of hex, what it stands for */
	size_t len;
	size_t *mark;		/* owned; ascending: see input_read() */
	size_t mark_len;
};

/*
 * Returns: 0, or BTCPEER_E_IO, _TOOBIG, _BADVALUE (half a byte), _NOMEM.
 * Out:     err    offset and text.
 * In:      path   NULL: standard input.
 *          marks  a line of hex may begin with "fork:"; mark tells at which
 *                 bytes such lines begin.
 * input_clear() is due in any case.
 */
int input_read(struct input *in, const char *path, bool marks,
    struct btcpeer_error *err);

void input_clear(struct input *in);

/* Whether a marked line begins at that byte. */
bool input_is_marked(const struct input *in, size_t at);

#endif
