btcincludedir = $(includedir)/btcpeer
btcinclude_HEADERS = \
	%D%/btcpeer/error.h \
	%D%/btcpeer/export.h \
	%D%/btcpeer/msgs.h \
	%D%/btcpeer/peer.h \
	%D%/btcpeer/wire.h
nodist_btcinclude_HEADERS = %D%/btcpeer/version.h
