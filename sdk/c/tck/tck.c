// The test guest of sdk/tck, whose README says what each test does.

#include "doorward.h"

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(name)))
WASI("random_get") uint16_t random_get(void *buf, size_t len);
WASI("clock_time_get") uint16_t clock_time_get(uint32_t id, uint64_t precision, uint64_t *time);

static int64_t times_counted;

static dw_value at_pointer(void) { return dw_get(dw_text_of(dw_config("/pointer"))); }

static dw_text config_text(const char *pointer) { return dw_text_of(dw_config(pointer)); }

static int64_t config_int(const char *pointer) {
	int64_t n = 0;
	dw_int_of(dw_config(pointer), &n);
	return n;
}

// answer sets ok, and value when it is.
static void answer(bool ok, dw_value value) {
	dw_set_attribute("ok", dw_bool_value(ok));
	if (ok) {
		dw_set_attribute("value", value);
	}
}

static void do_get(void) {
	dw_value value = at_pointer();
	dw_set_attribute("found", dw_bool_value(value.at));
	if (value.at) {
		dw_text list = dw_format("[%.*s]", DW_ARG(value));
		dw_set_attribute("value", ((dw_value){list.at, list.len}));
	}
}

static void do_text(void) {
	dw_text text = dw_text_of(at_pointer());
	answer(text.at, dw_text_value(text));
}

static void do_texts(void) {
	dw_texts texts = {0};
	bool ok = dw_texts_of(at_pointer(), &texts);
	answer(ok, dw_texts_value(&texts));
}

static void do_int(void) {
	int64_t number = 0;
	bool ok = dw_int_of(at_pointer(), &number);
	answer(ok, dw_int_value(number));
}

static void do_number(void) {
	dw_text number = dw_number_of(at_pointer());
	answer(number.at, dw_text_value(number));
}

static void do_bool(void) {
	bool is = false, ok = dw_bool_of(at_pointer(), &is);
	answer(ok, dw_bool_value(is));
}

static void do_members(void) {
	dw_members members;
	dw_texts names = {0};
	bool ok = dw_members_of(at_pointer(), &members);
	for (size_t i = 0; i < members.count; i++) {
		dw_add(&names, members.list[i].name);
	}
	dw_set_attribute("ok", dw_bool_value(ok));
	if (ok) {
		dw_set_attribute("names", dw_texts_value(&names));
	}
}

static void set_attributes(const dw_members *attributes) {
	for (size_t i = 0; i < attributes->count; i++) {
		dw_set_attribute(attributes->list[i].name, attributes->list[i].value);
	}
}

// set sets what a user, or the config's values, have.
static void set(dw_value values) {
	dw_members all, attributes;
	dw_members_of(values, &all);
	dw_set_id(dw_text_of(dw_member_of(&all, "id")));
	dw_set_user_name(dw_text_of(dw_member_of(&all, "userName")));
	dw_set_first_name(dw_text_of(dw_member_of(&all, "firstName")));
	dw_set_last_name(dw_text_of(dw_member_of(&all, "lastName")));
	dw_set_email(dw_text_of(dw_member_of(&all, "email")));
	dw_texts roles = {0};
	if (dw_texts_of(dw_member_of(&all, "roles"), &roles)) {
		dw_set_roles(&roles);
	}
	dw_members_of(dw_member_of(&all, "attributes"), &attributes);
	set_attributes(&attributes);
}

static void do_set(void) { set(dw_config("/values")); }

static void do_user(void) {
	dw_user user = dw_get_user();
	dw_set_id(user.id);
	dw_set_user_name(user.user_name);
	dw_set_first_name(user.first_name);
	dw_set_last_name(user.last_name);
	dw_set_email(user.email);
	if (user.has_roles) {
		dw_set_roles(&user.roles);
	}
	set_attributes(&user.attributes);
}

static void do_login(void) {
	dw_login login = dw_get_login();
	dw_set_attribute("idp", dw_text_value(login.idp));
	dw_set_attribute("protocol", dw_text_value(login.protocol));
	dw_set_attribute("time", dw_int_value(login.time));
	dw_set_attribute("forceAuth", dw_bool_value(login.force_auth));
}

static void do_clear(void) {
	dw_texts names = {0};
	dw_texts_of(dw_config("/names"), &names);
	for (size_t i = 0; i < names.count; i++) {
		dw_unset(names.list[i]);
	}
}

static void do_norole(void) { dw_set_roles(&(dw_texts){0}); }

static void do_deny(void) {
	dw_text reason = config_text("/reason");
	dw_deny("%.*s", DW_ARG(reason));
}

static void do_fail(void) {
	dw_text reason = config_text("/reason");
	dw_fail("%.*s", DW_ARG(reason));
}

static void do_nothing(void) {}

static void do_log(void) {
	dw_text text = config_text("/text");
	for (int64_t left = config_int("/times"); left > 0; left--) {
		dw_log((dw_level)config_int("/level"), "%.*s", DW_ARG(text));
	}
}

static void do_big(void) {
	size_t n = (size_t)config_int("/n");
	dw_text text = DW("x");
	while (text.len < n && text.at) {
		text = dw_format("%.*s%.*s", DW_ARG(text), DW_ARG(text));
	}
	dw_set_attribute("text", dw_text_value(((dw_text){text.at, n})));
}

static void do_random(void) {
	unsigned char bytes[16];
	dw_text hex = dw_format("%s", "");
	if (random_get(bytes, sizeof bytes) != 0) {
		dw_fail("no randomness");
		return;
	}
	for (size_t i = 0; i < sizeof bytes; i++) {
		hex = dw_format("%.*s%c%c", DW_ARG(hex), "0123456789abcdef"[bytes[i] >> 4], "0123456789abcdef"[bytes[i] & 15]);
	}
	dw_set_attribute("hex", dw_text_value(hex));
}

static void do_time(void) {
	uint64_t now = 0;
	if (clock_time_get(0, 1, &now) != 0) {
		dw_fail("no clock");
		return;
	}
	dw_set_attribute("time", dw_text_value(dw_format("%llu", (unsigned long long)now)));
}

static void do_count(void) { dw_set_attribute("count", dw_int_value(++times_counted)); }

void doorward_map(void) {
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{"get", do_get}, {"text", do_text}, {"texts", do_texts}, {"int", do_int}, {"number", do_number},
		{"bool", do_bool}, {"members", do_members}, {"user", do_user}, {"login", do_login}, {"set", do_set},
		{"clear", do_clear}, {"norole", do_norole}, {"deny", do_deny}, {"fail", do_fail}, {"nothing", do_nothing},
		{"log", do_log}, {"big", do_big}, {"random", do_random}, {"time", do_time}, {"count", do_count},
	};
	dw_text want = config_text("/do");
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		if (dw_equal(want, tests[i].name)) {
			tests[i].run();
			return;
		}
	}
	dw_fail("unknown test");
}
