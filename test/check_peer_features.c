/*
 * Features (BIP 434), ours and the remote's, and services that are required.
 */
#include "config.h"

#include "allocs.h"
#include "peer/features.h"
#include "stage.h"

static void
start(struct stage *st, bool inbound)
{
	int fd[2];

	socket_pair(fd, false);
	remote_init(&st->r, fd[1]);
	ck_assert_int_eq((inbound ? btcpeer_new_inbound : btcpeer_new_outbound)(
	    &st->p, &st->config, NULL, NULL), 0);
	ck_assert_int_eq(btcpeer_start(st->p, fd[0]), 0);
}

static void
expect_next(struct stage *st, const char *command)
{
	ck_assert(remote_read(&st->r));
	ck_assert_str_eq(st->r.command, command);
}

/* ---- Ours -------------------------------------------------------------- */

/* One message each, after what older versions know, before verack. */
START_TEST(ours_are_sent)
{
	static const struct {
		int32_t version;
		bool inbound, sent;
	} rows[] = {
		{ 70017, true, true }, { 70017, false, true },
		{ 80000, true, true }, { 70016, true, false },
		{ 70016, false, false }, { 209, true, false },
	};
	char id[] = "some", data[] = "\1\2";
	struct btcpeer_feature ours[] = { { id, data, 2 },
	    { "other one", NULL, 0 } };
	struct stage st;

	stage_init(&st);
	st.config.features = ours;
	st.config.features_len = 2;
	start(&st, rows[_i].inbound);
	memset(id, 'x', 4);	/* they were copied */
	memset(data, 'x', 2);
	memset(ours, 0, sizeof(ours));
	remote_version(&st.r, rows[_i].version, 1, true);
	expect_next(&st, "version");
	if (rows[_i].version >= 70016) {
		expect_next(&st, "wtxidrelay");
		expect_next(&st, "sendaddrv2");
	}
	if (rows[_i].sent) {
		expect_next(&st, "feature");
		ck_assert_uint_eq(st.r.len, 8);
		ck_assert_mem_eq(st.r.payload, "\4some\2\1\2", 8);
		expect_next(&st, "feature");
		ck_assert_uint_eq(st.r.len, 11);
		ck_assert_mem_eq(st.r.payload, "\11other one\0", 11);
	}
	expect_next(&st, "verack");
	stage_disconnect(&st);
}
END_TEST

/* As many and as long as there may be: the library's own queue holds them. */
START_TEST(most_of_ours)
{
	static const uint8_t data[BTCWIRE_MAX_FEATURE_DATA] = { 7 };
	struct btcpeer_feature ours[BTCPEER_MAX_FEATURES];
	char id[BTCPEER_MAX_FEATURES][96];
	struct stage st;
	int i;

	for (i = 0; i < BTCPEER_MAX_FEATURES; i++) {
		snprintf(id[i], sizeof(id[i]), "%080d", i);
		ours[i] = (struct btcpeer_feature){ id[i], data, sizeof(data) };
	}
	stage_init(&st);
	st.config.features = ours;
	st.config.features_len = BTCPEER_MAX_FEATURES;
	start(&st, true);
	remote_version(&st.r, 70017, 1, true);
	remote_expect(&st.r, "sendaddrv2");
	for (i = 0; i < BTCPEER_MAX_FEATURES; i++) {
		expect_next(&st, "feature");
		ck_assert_uint_eq(st.r.len, 1 + 80 + 3 + 512);
		ck_assert_mem_eq(st.r.payload + 1, id[i], 80);
	}
	expect_next(&st, "verack");
	stage_disconnect(&st);
}
END_TEST

/* ---- The remote's ------------------------------------------------------ */

static void
offer(struct stage *st, const char *id, const char *data)
{
	struct btcwire_feature f = {
	    .id = { (const uint8_t *)id, strlen(id) },
	    .data = { (const uint8_t *)data, strlen(data) } };

	remote_msg(&st->r, BTCWIRE_FEATURE, &f);
}

static void
check_feature(const struct btcpeer_feature *f, const char *id,
    const char *data)
{
	ck_assert_str_eq(f->id, id);
	ck_assert_uint_eq(f->data_len, strlen(data));
	if (f->data_len == 0)
		ck_assert_ptr_null(f->data);
	else
		ck_assert_mem_eq(f->data, data, f->data_len);
}

START_TEST(theirs_are_remembered)
{
	struct btcpeer_feature f[BTCPEER_MAX_FEATURES] = { { 0 } };
	struct stage st;

	stage_init(&st);
	start(&st, _i == 1);
	ck_assert_uint_eq(btcpeer_features(st.p, f, 3), 0);
	remote_version(&st.r, 70017, 1, true);
	offer(&st, "first", "new");
	offer(&st, "second", "");
	offer(&st, "first", "again and longer");
	offer(&st, "secon", "d");
	ck_assert(probe_wait(&st.pr, &st.pr.seen[BTCWIRE_FEATURE], 4));
	/* Until verack there may be more. */
	ck_assert_uint_eq(btcpeer_features(st.p, f, 3), 0);
	ck_assert_ptr_null(f[0].id);
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	ck_assert(probe_wait(&st.pr, &st.pr.ready, 1));
	ck_assert_uint_eq(btcpeer_features(st.p, NULL, 0), 3);
	ck_assert_uint_eq(btcpeer_features(st.p, f, 2), 3);
	ck_assert_ptr_null(f[2].id);
	btcpeer_disconnect(st.p);
	ck_assert_int_eq(btcpeer_wait(st.p, -1), 0);
	/* They live as long as the peer. */
	ck_assert_uint_eq(btcpeer_features(st.p, f, BTCPEER_MAX_FEATURES), 3);
	check_feature(&f[0], "first", "new");
	check_feature(&f[1], "second", "");
	check_feature(&f[2], "secon", "d");
	stage_end(&st, BTCPEER_REASON_LOCAL);
}
END_TEST

/* Beyond the bound they are left out. */
START_TEST(many_of_theirs)
{
	struct btcpeer_feature f[BTCPEER_MAX_FEATURES + 1];
	struct stage st;
	char id[32];
	int i;

	stage_init(&st);
	start(&st, true);
	remote_version(&st.r, 70017, 1, true);
	for (i = 0; i < BTCPEER_MAX_FEATURES + 5; i++) {
		snprintf(id, sizeof(id), "id %d", i);
		offer(&st, id, "x");
	}
	offer(&st, "id 63", "again");
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	ck_assert(probe_wait(&st.pr, &st.pr.ready, 1));
	ck_assert_uint_eq(btcpeer_features(st.p, f, BTCPEER_MAX_FEATURES + 1),
	    BTCPEER_MAX_FEATURES);
	check_feature(&f[0], "id 0", "x");
	check_feature(&f[62], "id 62", "x");
	check_feature(&f[63], "id 63", "x");
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_FEATURE],
	    BTCPEER_MAX_FEATURES + 6);
	stage_disconnect(&st);
}
END_TEST

/* From versions that do not know them they are ignored. */
START_TEST(too_old_for_features)
{
	struct btcpeer_feature f;
	struct stage st;

	stage_init(&st);
	if (_i == 1)
		st.config.protocol_version = 70016;
	start(&st, true);
	remote_version(&st.r, _i == 0 ? 70016 : 70017, 1, true);
	offer(&st, "some", "data");
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	ck_assert(probe_wait(&st.pr, &st.pr.ready, 1));
	ck_assert_uint_eq(btcpeer_features(st.p, &f, 1), 0);
	ck_assert_uint_eq(stage_stats(&st).ignored_received, 1);
	stage_disconnect(&st);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_FEATURE], 0);
}
END_TEST

START_TEST(late_feature_ends)
{
	struct stage st;

	stage_init(&st);
	start(&st, true);
	remote_version(&st.r, 70017, 1, true);
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	offer(&st, "some", "data");
	remote_drain(&st.r);
	stage_end(&st, BTCPEER_REASON_NEGOTIATION);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_FEATURE], 0);
}
END_TEST

START_TEST(no_memory_for_theirs)
{
	struct btcwire_feature f = { .id = { (const uint8_t *)"some", 4 },
	    .data = { (const uint8_t *)"abc", 3 } };
	struct btcp_features fs = { 0 };
	int rc;
	long n;

	for (n = 0; n < 2; n++) {	/* the array, then what is in it */
		allocs_start_failing(n);
		rc = btcp_features_add(&fs, &f);
		allocs_stop();
		ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
		ck_assert_uint_eq(fs.len, 0);
		btcp_features_clear(&fs);
	}
	ck_assert_int_eq(btcp_features_add(&fs, &f), 0);
	ck_assert_uint_eq(fs.len, 1);
	f.id.len = 3;
	allocs_start_failing(0);
	rc = btcp_features_add(&fs, &f);
	allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
	ck_assert_uint_eq(fs.len, 1);
	ck_assert_uint_eq(fs.v[0].data_len, 3);
	btcp_features_clear(&fs);
	ck_assert(fs.v == NULL && fs.len == 0);
}
END_TEST

/* The next allocation on the input thread is the one for the feature. */
static void
fail_next(struct btcpeer *p, struct btcwire_msg *msg, size_t len, int result,
    void *user)
{
	(void)p;
	(void)len;
	(void)result;
	(void)user;
	if (btcwire_feature_of(msg) != NULL)
		allocs_start_failing(0);
}

START_TEST(no_memory_ends)
{
	struct stage st;

	stage_init(&st);
	st.on.on_read = fail_next;
	start(&st, true);
	remote_version(&st.r, 70017, 1, true);
	remote_expect(&st.r, "verack");
	offer(&st, "some", "data");
	remote_drain(&st.r);
	stage_end(&st, BTCPEER_REASON_NOMEM);
}
END_TEST

/* ---- Services ---------------------------------------------------------- */

/* The scripted remote offers NODE_NETWORK. */
START_TEST(services_are_required)
{
	struct stage st;

	stage_init(&st);
	st.config.required_services = BTCWIRE_NODE_NETWORK;
	if (_i < 2)
		st.config.required_services |= BTCWIRE_NODE_WITNESS;
	start(&st, _i == 0);
	remote_version(&st.r, 70016, 1, true);
	if (_i == 2) {
		remote_expect(&st.r, "verack");
		stage_disconnect(&st);
		return;
	}
	if (_i == 1)
		expect_next(&st, "version");
	ck_assert(!remote_read(&st.r));		/* no reject, no verack */
	ck_assert(probe_wait(&st.pr, &st.pr.ended, 1));
	ck_assert_ptr_nonnull(strstr(st.pr.why, "required (0x8)"));
	stage_end(&st, BTCPEER_REASON_SERVICES);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_VERSION], 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_features");
	TCase *tc = add_tcase(s, "features");

	tcase_add_loop_test(tc, ours_are_sent, 0, 6);
	tcase_add_test(tc, most_of_ours);
	tcase_add_loop_test(tc, theirs_are_remembered, 0, 2);
	tcase_add_test(tc, many_of_theirs);
	tcase_add_loop_test(tc, too_old_for_features, 0, 2);
	tcase_add_test(tc, late_feature_ends);
	tcase_add_test(tc, no_memory_for_theirs);
	tcase_add_test(tc, no_memory_ends);
	tcase_add_loop_test(tc, services_are_required, 0, 3);
	return run_suite(s);
}
