#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "util/err.h"

const char *
btcpeer_strerror(int code)
{
	switch ((enum btcpeer_err)code) {
	case BTCPEER_OK:
		return "success";
#define XX(name, num, text) case BTCPEER_E_##name: return text;
	BTCPEER_ERR_MAP(XX)
#undef XX
	}
	return "unknown error";
}

int
btcu_error(struct btcpeer_error *err, int code, size_t offset, const char *fmt,
    ...)
{
	va_list ap;

	if (err != NULL) {
		err->code = code;
		err->offset = offset;
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
	}
	return code;
}
