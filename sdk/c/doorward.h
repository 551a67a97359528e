// A Doorward mapper plugin in C: one function.
//
//	#include "doorward.h"
//
//	void doorward_map(void) {
//		dw_text team = dw_text_of(dw_get("/sources/userInfo/team"));
//		if (team.len > 0) {
//			dw_set_attribute("team", dw_text_value(team));
//		}
//	}
//
// The boundary itself is specified in sdk/abi. Nothing here needs a C library:
// memory comes from an arena that is empty again at the next call, so nothing
// is ever freed. When the arena is full, or memory ends, what was asked for is
// empty and the call fails, naming that; no error has to be checked for it.
//
// A call is one thread, and one call runs at a time.
//
// Every parameter marked TEXT takes a string ("email") or a dw_text.

#ifndef DOORWARD_H
#define DOORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What the author writes: maps one login. What it sets, unsets, denies or
// fails is the result when it returns.
void doorward_map(void);

// A piece of UTF-8 text, not terminated by a zero byte. at is NULL when there
// is none, which is not the same as an empty text. It is good until the call
// ends.
typedef struct dw_text {
	const char *at;
	size_t len; // bytes
} dw_text;

// The JSON text of one value; at is NULL when it is absent.
typedef struct dw_value {
	const char *at;
	size_t len; // bytes
} dw_value;

// A growing list of texts; {0} is an empty one.
typedef struct dw_texts {
	dw_text *list;
	size_t count, room;
	uint32_t *slots; // of dw_add_new
	size_t slot_count, indexed;
} dw_texts;

// The members of an object, in its order.
typedef struct dw_member {
	dw_text name; // decoded
	dw_value value;
} dw_member;

typedef struct dw_members {
	dw_member *list;
	size_t count, room;
} dw_members;

// The elements of an array.
typedef struct dw_values {
	dw_value *list;
	size_t count, room;
} dw_values;

// ---- Reading the input -----------------------------------------------------

// The value at an RFC 6901 pointer of the input (TEXT), absent when there is
// none: "/sources/userInfo/groups/0", "/config/prefix". Only that value crosses
// the boundary. A mapper that reads much of a source gets the source once and
// reads its members.
//
// A pointer into a source that the plugin is not granted ends the call.
#define dw_get(pointer) dw_get_(DW(pointer))

// The value at a pointer inside one source; both TEXT.
#define dw_source(name, pointer) dw_source_(DW(name), DW(pointer))

// The value at a pointer inside the plugin's config; TEXT.
#define dw_config(pointer) dw_config_(DW(pointer))

// The user that the mappers before this one have made. What is not set is
// absent, or empty.
typedef struct dw_user {
	dw_text id, user_name, first_name, last_name, email;
	bool has_roles; // false: roles were never set, which is more than none
	dw_texts roles;
	dw_members attributes;
} dw_user;

dw_user dw_get_user(void);

// The facts of the sign-in.
typedef struct dw_login {
	dw_text idp;      // the provider's name in the host's configuration
	dw_text protocol; // oidc, saml, id-token, builtin
	int64_t time;     // when the host received the provider's answer, in Unix seconds
	bool force_auth;  // the person was asked to prove their credentials anew
} dw_login;

dw_login dw_get_login(void);

// ---- Reading a value -------------------------------------------------------
//
// All of these read strictly: RFC 8259, valid UTF-8, no lone surrogate, no
// duplicate member, at most 64 levels. A value of another kind, an absent one
// and text that is no JSON are all the same to them: not what was asked for.

// The first byte of the value: { [ " t f n, '0' for a number, 0 for none.
char dw_kind(dw_value value);

// The decoded string; its at is NULL when value is not a string.
dw_text dw_text_of(dw_value value);

// The number's text, with its digits as received; NULL when it is none.
dw_text dw_number_of(dw_value value);

// The number, when it is an integer written without fraction and exponent that
// fits 64 bits.
bool dw_int_of(dw_value value, int64_t *number);

// The boolean.
bool dw_bool_of(dw_value value, bool *is);

// Whether value is exactly true.
bool dw_is_true(dw_value value);

// The list of strings, added to texts; a single string is not one. When it is
// false, texts is as it was.
bool dw_texts_of(dw_value value, dw_texts *texts);

// The members of an object, read in one pass. When it is false, members is
// empty.
bool dw_members_of(dw_value value, dw_members *members);

// The elements of an array. When it is false, elements is empty.
bool dw_elements_of(dw_value value, dw_values *elements);

// The value of the member called name (TEXT), absent when there is none.
#define dw_member_of(members, name) dw_member_of_(members, DW(name))

// The value at a pointer (TEXT) inside value, absent when there is none.
#define dw_at(value, pointer) dw_at_(value, DW(pointer))

// Whether value is one strict JSON value.
bool dw_check(dw_value value);

// ---- Texts -----------------------------------------------------------------

// A string, or a dw_text, as a dw_text.
#define DW(x) (_Generic((x), dw_text: dw_same_, char *: dw_string_, const char *: dw_string_)(x))

// The two arguments of %.*s: dw_log(DW_INFO, "%.*s", DW_ARG(text)).
#define DW_ARG(text) (int)(text).len, (text).at

// Whether two texts (TEXT) have the same bytes.
#define dw_equal(a, b) dw_equal_(DW(a), DW(b))

// Whether text begins with prefix (both TEXT); rest is then what follows it.
#define dw_cut_prefix(text, prefix, rest) dw_cut_prefix_(DW(text), DW(prefix), rest)

// The text (TEXT) with A to Z in lower case, other letters as they are.
#define dw_lower(text) dw_lower_(DW(text))

// Adds a text (TEXT) to the end of a list; the bytes are not copied. An absent
// one is not added.
#define dw_add(texts, text) dw_add_(texts, DW(text))

// Adds a text (TEXT) that the list does not have yet, and says whether it did.
// The time does not grow with the list.
#define dw_add_new(texts, text) dw_add_new_(texts, DW(text))

#if defined(__GNUC__)
#define DW_PRINTF(at, arguments) __attribute__((format(printf, at, arguments)))
#else
#define DW_PRINTF(at, arguments)
#endif

// A text written as printf would: %s %.*s %c %d %u %ld %lu %lld %llu %zu %%.
// Anything else fails the call.
dw_text dw_format(const char *format, ...) DW_PRINTF(1, 2);

// ---- The result ------------------------------------------------------------
//
// All bytes are copied. Setting something again replaces it. An absent text or
// value, and an empty text of the first five, sets nothing.

#define dw_set_id(text) dw_set_(DW_SET_ID, DW(text))
#define dw_set_user_name(text) dw_set_(DW_SET_USER_NAME, DW(text))
#define dw_set_first_name(text) dw_set_(DW_SET_FIRST_NAME, DW(text))
#define dw_set_last_name(text) dw_set_(DW_SET_LAST_NAME, DW(text))
#define dw_set_email(text) dw_set_(DW_SET_EMAIL, DW(text))

// Replaces the roles; an empty list is no roles.
void dw_set_roles(const dw_texts *roles);

// Sets an attribute; the value is written byte for byte. name: TEXT.
#define dw_set_attribute(name, value) dw_set_attribute_(DW(name), value)

// Values for attributes. The text: TEXT.
#define dw_text_value(text) dw_text_value_(DW(text))
dw_value dw_int_value(int64_t number);
dw_value dw_bool_value(bool is);
dw_value dw_texts_value(const dw_texts *texts);

// Removes one of id, userName, firstName, lastName, email, roles,
// attributes.NAME (TEXT).
#define dw_unset(name) dw_unset_(DW(name))

// Refuses the login: a decision, not a failure. The reason, written as by
// dw_format, goes to the trace and the audit log.
void dw_deny(const char *format, ...) DW_PRINTF(1, 2);

// Fails the call; nothing is changed. The first reason counts.
void dw_fail(const char *format, ...) DW_PRINTF(1, 2);

// Whether the call has failed, by dw_fail or because memory ended.
bool dw_failed(void);

// Adds a line to the login's trace. The host keeps at most 64 lines of 1 KiB.
typedef enum dw_level { DW_DEBUG = 0, DW_INFO = 1, DW_WARN = 2, DW_ERROR = 3 } dw_level;

void dw_log(dw_level level, const char *format, ...) DW_PRINTF(2, 3);

// ---- Behind the macros -----------------------------------------------------

enum dw_standard { DW_SET_ID, DW_SET_USER_NAME, DW_SET_FIRST_NAME, DW_SET_LAST_NAME, DW_SET_EMAIL, DW_SET_ROLES, DW_SETS };

static inline dw_text dw_same_(dw_text text) { return text; }
static inline dw_text dw_string_(const char *s) { return (dw_text){s, s ? __builtin_strlen(s) : 0}; }
dw_value dw_get_(dw_text pointer);
dw_value dw_source_(dw_text name, dw_text pointer);
dw_value dw_config_(dw_text pointer);
dw_value dw_member_of_(const dw_members *members, dw_text name);
dw_value dw_at_(dw_value value, dw_text pointer);
bool dw_equal_(dw_text a, dw_text b);
bool dw_cut_prefix_(dw_text text, dw_text prefix, dw_text *rest);
dw_text dw_lower_(dw_text text);
bool dw_add_(dw_texts *texts, dw_text text);
bool dw_add_new_(dw_texts *texts, dw_text text);
void dw_set_(enum dw_standard which, dw_text text);
void dw_set_attribute_(dw_text name, dw_value value);
dw_value dw_text_value_(dw_text text);
void dw_unset_(dw_text name);

// ---- The host --------------------------------------------------------------
//
// The functions of sdk/abi, section 3: imports in a guest; native.c has others
// for tests.

#if defined(__wasm__)
#define DW_IMPORT(name) __attribute__((import_module("doorward"), import_name(name)))
#else
#define DW_IMPORT(name)
#endif

DW_IMPORT("get") int32_t dw_host_get(const char *path, size_t path_len, char *buf, size_t cap);
DW_IMPORT("output_write") void dw_host_output_write(const char *at, size_t len);
DW_IMPORT("log") void dw_host_log(int32_t level, const char *at, size_t len);
DW_IMPORT("fail") void dw_host_fail(const char *at, size_t len);

// One call: what the guest exports as map.
int32_t dw_call(void);

#endif
