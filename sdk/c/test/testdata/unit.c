// Tests of what no golden file shows. Prints what is wrong, and how many checks
// there were.

#include "doorward.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *input = "{}";
static char output[1 << 16], reason[1 << 12], logged[1 << 12];
static int checks, wrong;
static void (*mapper)(void);

char *dw_host_block(size_t size, size_t *given) {
	*given = size;
	return malloc(size);
}

int32_t dw_host_get(const char *path, size_t path_len, char *buf, size_t cap) {
	dw_value v = dw_at(((dw_value){input, strlen(input)}), ((dw_text){path, path_len}));
	if (!v.at) {
		return -1;
	}
	if (v.len <= cap) {
		memcpy(buf, v.at, v.len);
	}
	return (int32_t)v.len;
}

static void keep(char *to, size_t room, const char *at, size_t len) {
	if (len >= room) {
		abort();
	}
	memcpy(to, at, len);
	to[len] = 0;
}

void dw_host_output_write(const char *at, size_t len) { keep(output, sizeof output, at, len); }
void dw_host_fail(const char *at, size_t len) { keep(reason, sizeof reason, at, len); }
void dw_host_log(int32_t level, const char *at, size_t len) {
	logged[0] = (char)('0' + level);
	keep(logged + 1, sizeof logged - 1, at, len);
}

void doorward_map(void) { mapper(); }

static void check(bool ok, const char *what, const char *got, int line) {
	checks++;
	if (!ok) {
		wrong++;
		printf("unit.c:%d: %s: got %s\n", line, what, got);
	}
}

static int32_t run(void (*m)(void)) {
	mapper = m;
	output[0] = reason[0] = logged[0] = 0;
	return dw_call();
}

#define IS(m, want) (run(m), check(strcmp(output, want) == 0, want, output, __LINE__))
#define FAILS(m, want) check(run(m) == 1 && strstr(reason, want) && !output[0], want, reason, __LINE__)
#define TRUE(what) check(what, #what, "false", __LINE__)

static void nothing(void) {}

static void again(void) {
	dw_set_email("old@example.com");
	dw_set_email("new@example.com");
	dw_set_email("");
	dw_set_email((dw_text){0});
	dw_set_attribute("b", dw_int_value(1));
	dw_set_attribute("a", dw_bool_value(true));
	dw_set_attribute("b", dw_int_value(-2));
	dw_set_attribute("ab", dw_text_of(dw_get("/absent")).at ? dw_int_value(1) : (dw_value){0});
}

static void numbers(void) {
	dw_set_attribute("max", dw_int_value(INT64_MAX));
	dw_set_attribute("min", dw_int_value(INT64_MIN));
	dw_set_attribute("zero", dw_int_value(0));
}

static void odd(void) {
	dw_set_user_name("a\"\\/\n\x7f<>&\xc3\xbc\xf0\x9f\x98\x80");
	dw_set_last_name("\xff\xc3\xed\xa0\x80x");
	dw_set_attribute("n\tl", dw_text_value(((dw_text){"a\0b", 3})));
}

static void both(void) {
	dw_unset("email");
	dw_unset("attributes.\"x\"");
	dw_deny("%s of %.*s: %d%% %u %c %ld %lu %lld %llu %zu", "a", 2, "bcd", -7, 8u, 'x', -9L, 10UL, -11LL, 12ULL, (size_t)13);
	dw_set_roles(&(dw_texts){0});
}

static void copied(void) {
	char name[] = "name", text[] = "text";
	dw_set_id(text);
	dw_set_attribute(name, dw_text_value(text));
	dw_unset(name);
	memset(name, 'x', 4);
	memset(text, 'x', 4);
}

static void first_reason(void) {
	dw_set_email("a@example.com");
	dw_fail("first %d", 1);
	dw_fail("second");
}

static void empty_deny(void) { dw_deny("%s", ""); }

static void unknown_directive(void) {
	const char *format = "%p"; // not a literal, which the compiler would refuse
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
	dw_log(DW_INFO, format);
#pragma GCC diagnostic pop
}

static void endless(void) {
	dw_texts list = {0};
	while (dw_add(&list, "x")) {
	}
	dw_set_roles(&list);
	dw_set_email("a@example.com");
}

static void endless_text(void) {
	dw_text text = dw_format("x");
	while (text.at) {
		text = dw_format("%.*s%.*s", DW_ARG(text), DW_ARG(text));
	}
}

static void set_of(void) {
	static char names[3000][16];
	dw_texts list = {0};
	TRUE(dw_add(&list, "n5") && dw_add(&list, "n5"));
	size_t added = 0;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 3000; i++) {
			snprintf(names[i], sizeof names[i], "n%d", i);
			added += dw_add_new(&list, (const char *)names[i]);
		}
	}
	TRUE(added == 2999 && list.count == 3001);
	TRUE(!dw_add_new(&list, (dw_text){0}) && !dw_add(&list, (dw_text){0}));
	TRUE(dw_add_new(&list, "") && !dw_add_new(&list, ""));
}

static void texts(void) {
	dw_text rest = {0};
	TRUE(dw_cut_prefix("app-admin", "app-", &rest) && dw_equal(rest, "admin"));
	TRUE(dw_cut_prefix("app-", "app-", &rest) && rest.at && rest.len == 0);
	TRUE(!dw_cut_prefix("app", "app-", &rest));
	TRUE(dw_equal(dw_lower("ÄBC@Z["), "Äbc@z["));
	TRUE(!dw_lower((dw_text){0}).at);
	TRUE(dw_equal("", (dw_text){0}));
	TRUE(dw_format("%s", "").at && !dw_text_of((dw_value){0}).at && !dw_kind((dw_value){0}));
	TRUE(!dw_at(((dw_value){"{}", 2}), (dw_text){0}).at);
}

// A list that is read keeps what it had, and is as it was when reading fails.
static void added_to(void) {
	dw_texts list = {0};
	dw_add(&list, "a");
	TRUE(!dw_texts_of((dw_value){"[\"b\",1]", 7}, &list) && list.count == 1);
	TRUE(dw_texts_of((dw_value){"[\"b\"]", 5}, &list) && list.count == 2 && dw_equal(list.list[1], "b"));
}

static void source(void) {
	dw_set_attribute("v", dw_source("a/b~c", "/x"));
	dw_set_attribute("w", dw_config("/x"));
}

static void person(void) {
	dw_user user = dw_get_user();
	dw_login login = dw_get_login();
	TRUE(dw_equal(user.id, "1") && dw_equal(user.email, "e") && !user.user_name.at && user.has_roles);
	TRUE(user.roles.count == 1 && user.attributes.count == 1);
	TRUE(dw_equal(login.idp, "corp") && dw_equal(login.protocol, "oidc") && login.time == 77 && login.force_auth);
}

int main(void) {
	IS(nothing, "{}");
	IS(again, "{\"set\":{\"email\":\"new@example.com\",\"attributes\":{\"a\":true,\"b\":-2}}}");
	IS(numbers, "{\"set\":{\"attributes\":{\"max\":9223372036854775807,\"min\":-9223372036854775808,\"zero\":0}}}");
	IS(odd, "{\"set\":{\"userName\":\"a\\\"\\\\/\\u000a\\u007f<>&\xc3\xbc\xf0\x9f\x98\x80\",\"lastName\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\",\"attributes\":{\"n\\u0009l\":\"a\\u0000b\"}}}");
	IS(both, "{\"set\":{\"roles\":[]},\"unset\":[\"email\",\"attributes.\\\"x\\\"\"],\"deny\":{\"reason\":\"a of bc: -7% 8 x -9 10 -11 12 13\"}}");
	IS(copied, "{\"set\":{\"id\":\"text\",\"attributes\":{\"name\":\"text\"}},\"unset\":[\"name\"]}");
	IS(empty_deny, "{\"deny\":{\"reason\":\"\"}}"); // which the host refuses: it must not become a grant
	FAILS(first_reason, "first 1");
	FAILS(unknown_directive, "directive");
	FAILS(endless, "DW_ARENA_MAX");
	FAILS(endless_text, "DW_ARENA_MAX");
	IS(again, "{\"set\":{\"email\":\"new@example.com\",\"attributes\":{\"a\":true,\"b\":-2}}}"); // a full arena is empty again
	run(set_of);
	run(texts);
	run(added_to);

	input = "{\"version\":1,\"sources\":{\"a/b~c\":{\"x\":[1]}},\"config\":{\"x\":2},\"user\":{\"id\":\"1\",\"email\":\"e\",\"userName\":7,\"roles\":[\"r\"],\"attributes\":{\"k\":null}},"
		"\"login\":{\"idp\":\"corp\",\"protocol\":\"oidc\",\"time\":77,\"forceAuth\":true}}";
	IS(source, "{\"set\":{\"attributes\":{\"v\":[1],\"w\":2}}}");
	run(person);
	input = "{\"version\":2}";
	FAILS(nothing, "newer SDK");
	input = "{\"version\":\"1\"}";
	FAILS(nothing, "newer SDK");

	printf("%d checks, %d wrong\n", checks, wrong);
	return wrong > 0;
}
