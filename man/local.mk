dist_man_MANS = \
	%D%/btcpeer-decode.1 \
	%D%/btcpeer-node.1 \
	%D%/btcpeer-ping.1 \
	%D%/btcpeer-proxy.1 \
	%D%/btcpeer-sync.1 \
	%D%/btcpeer.3 \
	%D%/btcpeer_clock.3 \
	%D%/btcpeer_features.3 \
	%D%/btcpeer_listeners.3 \
	%D%/btcpeer_new.3 \
	%D%/btcpeer_push.3 \
	%D%/btcpeer_queue_inventory.3 \
	%D%/btcpeer_queue_message.3 \
	%D%/btcpeer_start.3 \
	%D%/btcpeer_stats.3 \
	%D%/btcpeer_strerror.3 \
	%D%/btcwire-messages-connection.7 \
	%D%/btcwire-messages-filters.7 \
	%D%/btcwire-messages-relay.7 \
	%D%/btcwire-messages.7 \
	%D%/btcwire.3 \
	%D%/btcwire_block.3 \
	%D%/btcwire_bloom.3 \
	%D%/btcwire_body_encode.3 \
	%D%/btcwire_cfilter.3 \
	%D%/btcwire_chain.3 \
	%D%/btcwire_command.3 \
	%D%/btcwire_compact.3 \
	%D%/btcwire_decode.3 \
	%D%/btcwire_frame.3 \
	%D%/btcwire_hash.3 \
	%D%/btcwire_locator.3 \
	%D%/btcwire_merkle.3 \
	%D%/btcwire_merkleblock.3 \
	%D%/btcwire_netaddr.3 \
	%D%/btcwire_work.3

# Every other function on a page of section 3 becomes a page that is one line,
# .so, when it is installed.
man_names = sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([a-z0-9_]*\).*/\1/p'
man_stubs = for p in $(dist_man_MANS); do \
	case $$p in *.3) ;; *) continue ;; esac; \
	b=`basename $$p`; \
	for n in `$(man_names) $(srcdir)/$$p`; do \
	  test "$$n.3" = "$$b" || set_stub "$$n.3" "$$b"; \
	done; done
install-data-hook:
	@set_stub() { echo ".so man3/$$2" > "$(DESTDIR)$(man3dir)/$$1"; }; $(man_stubs)
uninstall-hook:
	@set_stub() { rm -f "$(DESTDIR)$(man3dir)/$$1"; }; $(man_stubs)
