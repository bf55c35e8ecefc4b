#include "config.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "blocks.h"
#include "runner.h"
#include "system.h"

/* How btcpeer-decode reads its input, and what it says when it cannot, or when
 * it cannot say what it read. */

static char path[1024];	/* of the file it reads */

static void
setup(void)
{
	snprintf(path, sizeof(path), "%s", scratch("input"));
}

/* Run it by a shell: what is before and after its name there.  Returns its exit
 * status; what it says on standard error is in the file err. */
static int
run_by_shell(const char *before, const char *after)
{
	const char *dir = getenv("top_builddir");
	char command[8192];
	int status;

	snprintf(command, sizeof(command), "%s '%s/samples/btcpeer-decode' %s "
	    "2>'%s'", before, dir != NULL ? dir : ".", after, scratch("err"));
	status = system(command);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
expect_file(const char *name, const char *want)
{
	size_t len;
	uint8_t *data = file_read(scratch(name), &len);

	ck_assert_ptr_nonnull(data);
	ck_assert_msg(len == strlen(want) && memcmp(data, want, len) == 0,
	    "%.*s", (int)len, (const char *)data);
	free(data);
}

#define PING "efcdab8967452301"
#define SHOWN "{\"command\":\"ping\",\"payload_len\":8,\"trailing\":0," \
	"\"body\":{\"nonce\":\"0123456789abcdef\"}}\n"

static const struct {
	const char *name;
	const char *bytes;
	size_t len;
	const char *out;	/* NULL: an error */
	const char *err;
} inputs[] = {
#define IN(name, bytes) name, bytes, sizeof(bytes) - 1
	{ IN("hex", PING), SHOWN, NULL },
	{ IN("capitals", "EFCDAB8967452301"), SHOWN, NULL },
	{ IN("blanks", " e fcd\tab\r\n89\n\f67\v452301 \n"), SHOWN, NULL },
	{ IN("raw", "\xef\xcd\xab\x89\x67\x45\x23\x01"), SHOWN, NULL },
	{ IN("raw that has digits", "01234567\xef"), "{\"command\":\"ping\","
	    "\"payload_len\":9,\"trailing\":1,\"body\":{\"nonce\":"
	    "\"3736353433323130\"}}\n", NULL },
	{ IN("not all of it hex", PING "g"), "{\"command\":\"ping\","
	    "\"payload_len\":17,\"trailing\":9,\"body\":{\"nonce\":"
	    "\"3938626164636665\"}}\n", NULL },
	{ IN("a mark, which is for headers", "fork:" PING), "{\"command\":"
	    "\"ping\",\"payload_len\":21,\"trailing\":13,\"body\":{\"nonce\":"
	    "\"6366653a6b726f66\"}}\n", NULL },
	{ IN("half a byte", PING "0"), NULL,
	    "offset 8: the hex ends in the middle of a byte.\n" },
	{ IN("nothing", ""), NULL, "offset 0: ping: " },
	{ IN("white space", " \n"), NULL, "offset 0: ping: " },
#undef IN
};

/* From a file, and from standard input under both its names. */
START_TEST(input)
{
	struct proc p;
	int way;

	printf("%s\n", inputs[_i].name);
	file_write(path, inputs[_i].bytes, inputs[_i].len);
	for (way = 0; way < 3; way++) {
		const char *name = way == 0 ? path : "standard input";

		proc_start(&p, "btcpeer-decode", "--json", "message", "ping",
		    way == 0 ? path : way == 1 ? "-" : NULL, NULL);
		if (way > 0)
			ck_assert_int_eq(write(p.in, inputs[_i].bytes,
			    inputs[_i].len), (ssize_t)inputs[_i].len);
		proc_hang_up(&p);
		ck_assert_int_eq(proc_end(&p), inputs[_i].out == NULL);
		if (inputs[_i].out != NULL) {
			ck_assert_str_eq(p.out.text, inputs[_i].out);
			ck_assert_uint_eq(p.err.len, 0);
		} else {
			ck_assert_msg(strstr(p.err.text, inputs[_i].err) ==
			    p.err.text + strlen(name) + 2, "%s", p.err.text);
			ck_assert_int_eq(strncmp(p.err.text, name,
			    strlen(name)), 0);
			ck_assert_ptr_nonnull(strstr(p.out.text, "\"error\":"));
		}
		proc_free(&p);
	}
}
END_TEST

/* A pipe gives what it has in pieces. */
START_TEST(input_in_pieces)
{
	struct proc p;
	int i;

	proc_start(&p, "btcpeer-decode", "--json", "message", "ping", NULL);
	for (i = 0; i < 4; i++)
		proc_say(&p, "efcd");
	proc_hang_up(&p);
	ck_assert_int_eq(proc_end(&p), 0);
	ck_assert_str_eq(p.out.text, "{\"command\":\"ping\",\"payload_len\":8,"
	    "\"trailing\":0,\"body\":{\"nonce\":\"cdefcdefcdefcdef\"}}\n");
	proc_free(&p);
}
END_TEST

/* More than is read at once. */
START_TEST(input_of_some_length)
{
	static const size_t len[] = { 65535, 65536, 65537, 131072, 500000 };
	uint8_t *data = calloc(1, 500000);
	char before[1100], after[1100], want[256];
	int i;

	ck_assert_ptr_nonnull(data);
	snprintf(before, sizeof(before), "cat '%s' |", path);
	snprintf(after, sizeof(after), "--json message ping >'%s'",
	    scratch("out"));
	for (i = 0; i < N_ROWS(len); i++) {
		file_write(path, data, len[i]);
		ck_assert_int_eq(run_by_shell(before, after), 0);
		snprintf(want, sizeof(want), "{\"command\":\"ping\","
		    "\"payload_len\":%zu,\"trailing\":%zu,\"body\":{\"nonce\":"
		    "\"0000000000000000\"}}\n", len[i], len[i] - 8);
		expect_file("out", want);
	}
	free(data);
}
END_TEST

static void
expect_refusal(const char *file, const char *want)
{
	struct proc p;

	proc_start(&p, "btcpeer-decode", "--json", "tx", file, NULL);
	ck_assert_int_eq(proc_end(&p), 1);
	ck_assert_msg(strncmp(p.err.text, file, strlen(file)) == 0 &&
	    strcmp(p.err.text + strlen(file), want) == 0, "%s", p.err.text);
	ck_assert_msg(strncmp(p.out.text, "{\"error\":{\"code\":", 17) == 0,
	    "%s", p.out.text);
	proc_free(&p);
}

START_TEST(no_input)
{
	int fd;

	expect_refusal("/no/such/file",
	    ": offset 0: cannot open it: No such file or directory.\n");
	expect_refusal("/", ": offset 0: cannot read it: Is a directory.\n");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, ((off_t)1 << 30) + 1), 0);
	close(fd);
	expect_refusal(path, ": offset 0: it is longer than 1 GiB (1073741824 "
	    "bytes), the most that is read.\n");
}
END_TEST

/* Where nothing can be written: it says so, and does not end with 0. */
START_TEST(no_output)
{
	if (access("/dev/full", W_OK) != 0) {
		puts("skipped: no /dev/full");
		return;
	}
	ck_assert_int_eq(run_by_shell("echo 00 |",
	    "message inv >/dev/full"), 1);
	expect_file("err",
	    "btcpeer-decode: cannot write to standard output.\n");
}
END_TEST

/* The input fits into memory, what is to be said of it does not. */
#define ITEMS 2000000

START_TEST(no_memory)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 1, 1, [43] = 0, 0xff,
	    0xff, 0xff, 0xff, 1, [58] = 0xfe, ITEMS & 0xff, ITEMS >> 8 & 0xff,
	    ITEMS >> 16, 0 };
	uint8_t *tx = calloc(1, sizeof(head) + ITEMS + 4);
	char after[2200];

	if (TEST_SLOW) {
		puts("skipped: a sanitizer takes more memory than that");
		free(tx);
		return;
	}
	ck_assert_ptr_nonnull(tx);
	memcpy(tx, head, sizeof(head));
	file_write(path, tx, sizeof(head) + ITEMS + 4);
	free(tx);
	snprintf(after, sizeof(after), "--json --strict tx <'%s' >'%s'", path,
	    scratch("out"));
	ck_assert_int_eq(run_by_shell("ulimit -v 100000;", after), 1);
	expect_file("out", "{\"command\":\"tx\",\"error\":{\"code\":\"NOMEM\","
	    "\"offset\":0,\"text\":\"out of memory\"}}\n");
	expect_file("err", "standard input: offset 0: out of memory.\n");
	ck_assert_int_eq(run_by_shell("", after), 0);
	expect_file("err", "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_decode_input");
	TCase *tc = add_tcase(s, "input");

	tcase_add_unchecked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, input, 0, N_ROWS(inputs));
	tcase_add_test(tc, input_in_pieces);
	tcase_add_test(tc, input_of_some_length);
	tcase_add_test(tc, no_input);
	tcase_add_test(tc, no_output);
	tcase_add_test(tc, no_memory);
	return run_suite(s);
}
