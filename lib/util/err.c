#include "config.h"

#include <btcpeer/error.h>

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
