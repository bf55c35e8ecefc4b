#include "decoder.h"

#include <stdio.h>

static const char *
code_name(int code)
{
	switch (code) {
#define XX(name, num, text) \
	case BTCPEER_E_##name: \
		return #name;
	BTCPEER_ERR_MAP(XX)
#undef XX
	default:
		return "UNKNOWN";
	}
}

/* What has been shown comes first where both go to the same terminal. */
static void
say(const struct decoder *d, const struct place *at,
    const struct btcpeer_error *err)
{
	const char *file = d->args->file;

	(void)fflush(stdout);
	fprintf(stderr, "%s: offset %zu: %s", file != NULL ? file :
	    "standard input", at->framed ? at->offset : err->offset,
	    err->text);
	if (at->payload)
		fprintf(stderr, ", at byte %zu of the payload", err->offset);
	fputs(".\n", stderr);
}

void
decoder_object(struct decoder *d, const struct place *at)
{
	struct emit *e = &d->emit;

	emit_object(e, NULL);
	if (at->command != NULL)
		emit_string(e, "command", at->command);
	if (at->framed)
		emit_int(e, "offset", (int64_t)at->offset);
}

void
decoder_error(struct decoder *d, const struct place *at,
    const struct btcpeer_error *err)
{
	struct emit *e = &d->emit;

	d->failed = true;
	say(d, at, err);
	if (!d->args->json)
		return;
	decoder_object(d, at);
	emit_object(e, "error");
	emit_string(e, "code", code_name(err->code));
	emit_int(e, "offset", (int64_t)err->offset);
	emit_string(e, "text", err->text);
	emit_end(e);
	emit_end(e);
	e->failed = false;
}

void
decoder_object_end(struct decoder *d, const struct place *at)
{
	static const struct btcpeer_error err = { .code = BTCPEER_E_NOMEM,
		.text = "out of memory" };

	emit_end(&d->emit);
	if (d->emit.failed) {
		d->emit.failed = false;
		decoder_error(d, at, &err);
	}
}

static void
show_bare(struct decoder *d, const struct btcwire_msg *msg, size_t trailing)
{
	struct emit *e = &d->emit;

	emit_object(e, NULL);
	body_members(e, msg);
	if (trailing > 0)
		emit_int(e, "trailing", (int64_t)trailing);
}

static void
show(struct decoder *d, const struct place *at, const struct btcwire_msg *msg,
    size_t len, size_t trailing)
{
	struct emit *e = &d->emit;

	decoder_object(d, at);
	emit_int(e, "payload_len", (int64_t)len);
	emit_int(e, "trailing", (int64_t)trailing);
	emit_object(e, "body");
	body_members(e, msg);
	emit_end(e);
}

void
decoder_payload(struct decoder *d, const struct place *at,
    enum btcwire_type type, const uint8_t *payload, size_t len, bool bare)
{
	struct btcpeer_error err = { .text = "" };
	struct btcwire_msg *msg;
	size_t trailing;

	if (btcwire_decode(&msg, type, payload, len, d->args->pver,
	    d->args->flags, &err) != 0) {
		decoder_error(d, at, &err);
		return;
	}
	(void)btcwire_msg_raw(msg, &trailing);
	if (bare)
		show_bare(d, msg, trailing);
	else
		show(d, at, msg, len, trailing);
	decoder_object_end(d, at);
	btcwire_msg_unref(msg);
}
