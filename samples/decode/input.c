#ifndef _FILE_OFFSET_BITS
# define _FILE_OFFSET_BITS 64
#endif

#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_FIRST ((size_t)1 << 16)	/* room for what has no size */

static const char mark[] = "fork:";
#define MARK_LEN (sizeof(mark) - 1)

static int fail(struct btcpeer_error *err, int code, size_t offset,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Returns code. */
static int
fail(struct btcpeer_error *err, int code, size_t offset, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	err->offset = offset;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

/* ---- Reading ----------------------------------------------------------- */

static bool
grow(struct input *in, size_t room)
{
	uint8_t *p = realloc(in->data, room);

	if (p == NULL)
		return false;
	in->data = p;
	return true;
}

static int
too_big(struct btcpeer_error *err)
{
	return fail(err, BTCPEER_E_TOOBIG, 0, "it is longer than 1 GiB (%zu "
	    "bytes), the most that is read", INPUT_MAX);
}

/* To the end; size is what is expected. */
static int
read_all(struct input *in, int fd, size_t size, struct btcpeer_error *err)
{
	size_t room = 0;

	for (;;) {
		ssize_t n;

		if (in->len > INPUT_MAX)
			return too_big(err);
		if (in->len == room) {
			room = room == 0 ? size + 1 : room * 2;
			if (room > INPUT_MAX + 1)
				room = INPUT_MAX + 1;
			if (!grow(in, room))
				return fail(err, BTCPEER_E_NOMEM, in->len,
				    "out of memory");
		}
		n = read(fd, in->data + in->len, room - in->len);
		if (n == 0)
			return 0;
		if (n > 0)
			in->len += (size_t)n;
		else if (errno != EINTR)
			return fail(err, BTCPEER_E_IO, in->len,
			    "cannot read it: %s", strerror(errno));
	}
}

static int
read_fd(struct input *in, int fd, struct btcpeer_error *err)
{
	size_t size = READ_FIRST;
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (st.st_size > (off_t)INPUT_MAX)
			return too_big(err);
		size = (size_t)st.st_size;
	}
	return read_all(in, fd, size, err);
}

/* ---- Hex --------------------------------------------------------------- */

static bool
is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* -1: none. */
static int
digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Walks over hex: the value of the next digit, or one of these. */
enum { WALK_END = -1, WALK_MARK = -2, WALK_OTHER = -3 };

struct walk {
	const uint8_t *p, *end;
	bool line_start;
	bool marks;
};

static int
walk_next(struct walk *w)
{
	int v;

	for (; w->p < w->end && is_space(*w->p); w->p++)
		if (*w->p == '\n' || *w->p == '\r')
			w->line_start = true;
	if (w->p == w->end)
		return WALK_END;
	if (w->marks && w->line_start &&
	    (size_t)(w->end - w->p) >= MARK_LEN &&
	    memcmp(w->p, mark, MARK_LEN) == 0) {
		w->p += MARK_LEN;
		w->line_start = false;
		return WALK_MARK;
	}
	w->line_start = false;
	v = digit(*w->p++);
	return v >= 0 ? v : WALK_OTHER;
}

static struct walk
walk_over(const struct input *in, bool marks)
{
	return (struct walk){ .p = in->data, .end = in->data + in->len,
		.line_start = true, .marks = marks };
}

static bool
is_hex(const struct input *in, bool marks, size_t *n_marks)
{
	struct walk w = walk_over(in, marks);
	int v;

	*n_marks = 0;
	while ((v = walk_next(&w)) != WALK_END) {
		if (v == WALK_OTHER)
			return false;
		if (v == WALK_MARK)
			++*n_marks;
	}
	return true;
}

/* In place: the bytes take less room than their digits. */
static int
from_hex(struct input *in, bool marks, struct btcpeer_error *err)
{
	struct walk w = walk_over(in, marks);
	size_t len = 0;
	int high = -1, v;

	while ((v = walk_next(&w)) != WALK_END) {
		if (v == WALK_MARK) {
			in->mark[in->mark_len++] = len;
		} else if (high < 0) {
			high = v;
		} else {
			in->data[len++] = (uint8_t)(high << 4 | v);
			high = -1;
		}
	}
	in->len = len;
	if (high >= 0)
		return fail(err, BTCPEER_E_BADVALUE, len,
		    "the hex ends in the middle of a byte");
	return 0;
}

/* ---- Both -------------------------------------------------------------- */

int
input_read(struct input *in, const char *path, bool marks,
    struct btcpeer_error *err)
{
	int fd = STDIN_FILENO, rc;
	size_t n_marks;

	*in = (struct input){ .data = NULL };
	if (path != NULL && (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return fail(err, BTCPEER_E_IO, 0, "cannot open it: %s",
		    strerror(errno));
	rc = read_fd(in, fd, err);
	if (path != NULL)
		(void)close(fd);
	if (rc != 0 || !is_hex(in, marks, &n_marks))
		return rc;
	in->mark = calloc(n_marks > 0 ? n_marks : 1, sizeof(*in->mark));
	if (in->mark == NULL)
		return fail(err, BTCPEER_E_NOMEM, 0, "out of memory");
	return from_hex(in, marks, err);
}

void
input_clear(struct input *in)
{
	free(in->data);
	free(in->mark);
	*in = (struct input){ .data = NULL };
}

bool
input_is_marked(const struct input *in, size_t at)
{
	size_t low = 0, high = in->mark_len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (in->mark[mid] < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low < in->mark_len && in->mark[low] == at;
}
