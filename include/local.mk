btcincludedir = $(includedir)/btcpeer
btcinclude_HEADERS = \
	%D%/btcpeer/block.h \
	%D%/btcpeer/compact.h \
	%D%/btcpeer/error.h \
	%D%/btcpeer/export.h \
	%D%/btcpeer/filter.h \
	%D%/btcpeer/msgs.h \
	%D%/btcpeer/netaddr.h \
	%D%/btcpeer/peer.h \
	%D%/btcpeer/wire.h
nodist_btcinclude_HEADERS = %D%/btcpeer/version.h
