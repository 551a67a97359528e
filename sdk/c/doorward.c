// The plugin SDK for C; see doorward.h. C11, no C library.

#include "doorward.h"

#include <stdarg.h>

// Levels of arrays and objects in a value that is read.
#define MAX_DEPTH 64

// What the arena may take from the host in all, in bytes.
#ifndef DW_ARENA_MAX
#define DW_ARENA_MAX ((size_t)16 << 20)
#endif

// What the arena has from the start: enough for most logins, so that the
// memory need not grow.
#ifndef DW_ARENA_FIRST
#define DW_ARENA_FIRST ((size_t)32 << 10)
#endif

// With DW_ARENA_EXACT each piece of the arena is a block of its own, so that
// an address sanitizer sees what leaves it. For tests.

// ---- Bytes -----------------------------------------------------------------

static inline uint64_t load8(const char *at) {
	uint64_t word;
	__builtin_memcpy(&word, at, 8);
	return word;
}

static inline char *copy(char *to, const char *from, size_t len) {
	for (; len >= 8; to += 8, from += 8, len -= 8) {
		__builtin_memcpy(to, from, 8);
	}
	for (; len > 0; len--) {
		*to++ = *from++;
	}
	return to;
}

static inline bool same(const char *a, const char *b, size_t len) {
	for (; len >= 8; a += 8, b += 8, len -= 8) {
		if (load8(a) != load8(b)) {
			return false;
		}
	}
	for (; len > 0; len--) {
		if (*a++ != *b++) {
			return false;
		}
	}
	return true;
}

// compare orders by bytes, a prefix first.
static int compare(dw_text a, dw_text b) {
	size_t shared = a.len < b.len ? a.len : b.len;
	for (size_t i = 0; i < shared; i++) {
		if (a.at[i] != b.at[i]) {
			return (unsigned char)a.at[i] < (unsigned char)b.at[i] ? -1 : 1;
		}
	}
	return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

// ---- One call --------------------------------------------------------------

// block is a piece of the arena; its bytes follow.
typedef struct block {
	struct block *next;
	char *end;
} block;

typedef struct named_values {
	dw_member *list;
	size_t count, room;
} named_values;

static struct {
	block *block;
	char *at, *end; // what is free of the block
	bool failed;

	dw_texts names; // of the objects that are being checked, see pass

	dw_value set[DW_SETS];
	named_values attributes;
	dw_values unset;
	dw_value deny;
} dw;

static union {
	block head;
	uint64_t aligned;
	char bytes[DW_ARENA_FIRST];
} first;
static size_t grown; // bytes taken from the host so far, in all calls

static void fail_with(dw_text reason) {
	if (!dw.failed) {
		dw.failed = true;
		dw_host_fail(reason.at, reason.len);
	}
}

bool dw_failed(void) { return dw.failed; }

// ---- The arena -------------------------------------------------------------

// dw_host_block gives size bytes or more, and how many; NULL when there are
// none.
#if defined(__wasm__)
static char *dw_host_block(size_t size, size_t *given) {
	size_t pages = (size + 65535) / 65536;
	size_t at = __builtin_wasm_memory_grow(0, pages);
	*given = pages * 65536;
	return at == SIZE_MAX ? NULL : (char *)(at * 65536);
}
#else
char *dw_host_block(size_t size, size_t *given);
#endif

static void use(block *b) {
	dw.block = b;
	dw.at = (char *)(b + 1);
	dw.end = b->end;
}

// next_block goes on in a block with len bytes, an old or a new one.
static bool next_block(size_t len) {
	block **link = &dw.block->next;
	while (*link && (size_t)((*link)->end - (char *)(*link + 1)) < len) {
		link = &(*link)->next;
	}
	if (!*link) {
		size_t size = len + sizeof(block);
		if (size > DW_ARENA_MAX - grown) {
			fail_with(DW("the plugin's arena is full; build it with a larger DW_ARENA_MAX"));
			return false;
		}
		block *b = (block *)(void *)dw_host_block(size, &size);
		if (!b) {
			fail_with(DW("the plugin's memory is full; limits.memory raises its bound"));
			return false;
		}
		grown = size > DW_ARENA_MAX - grown ? DW_ARENA_MAX : grown + size;
		b->next = NULL;
		b->end = (char *)b + size;
		*link = b;
	}
	use(*link);
	return true;
}

// use_up says that what is free of the block begins at at.
static inline void use_up(char *at) {
	dw.at = at;
#if defined(DW_ARENA_EXACT)
	dw.end = at;
#endif
}

static inline size_t rounded(size_t len) {
#if defined(DW_ARENA_EXACT)
	return len;
#else
	return (len + 7) & ~(size_t)7;
#endif
}

// take is len fresh bytes, aligned; NULL when the call failed for want of them.
static char *take(size_t len) {
	if (len > DW_ARENA_MAX / 2) {
		len = DW_ARENA_MAX; // which next_block refuses with the right words
	}
	len = rounded(len);
	if (len > (size_t)(dw.end - dw.at) && !next_block(len)) {
		return NULL;
	}
	char *at = dw.at;
	use_up(at + len);
	return at;
}

// retake makes room for len bytes instead of had, in place when it can.
static char *retake(char *old, size_t had, size_t len) {
	if (old && old + rounded(had) == dw.at && rounded(len) <= (size_t)(dw.end - old)) {
		use_up(old + rounded(len));
		return old;
	}
	char *at = take(len);
	return at && had > 0 ? (copy(at, old, had), at) : at;
}

// more is list with room for one more element of the given size.
static void *more(void *list, size_t count, size_t *room, size_t size) {
	if (count < *room) {
		return list;
	}
	size_t want = *room ? 2 * *room : 8;
	void *at = retake(list, count * size, want * size);
	if (at) {
		*room = want;
	}
	return at;
}

// push adds one to a list that has the members list, count and room.
#define push(l, ...) \
	((more_ = more((l)->list, (l)->count, &(l)->room, sizeof *(l)->list)) != NULL && \
	 ((l)->list = more_, (l)->list[(l)->count++] = __VA_ARGS__, true))

static void reset(void) {
#if defined(DW_ARENA_EXACT)
	first.head = (block){NULL, (char *)(&first.head + 1)}; // whoever gave the others may free them
	grown = 0;
#else
	first.head.end = first.bytes + sizeof first.bytes;
#endif
	use(&first.head);
	dw.failed = false;
	dw.names = (dw_texts){0};
	for (int i = 0; i < DW_SETS; i++) {
		dw.set[i] = (dw_value){0};
	}
	dw.attributes = (named_values){0};
	dw.unset = (dw_values){0};
	dw.deny = (dw_value){0};
}

// ---- Reading JSON ----------------------------------------------------------
//
// A function called pass_… begins at the byte at, reads strictly, and returns
// where its text ends; NULL when it is not what it passes. Positions are
// values, never behind a pointer, so that they stay in registers.

typedef const char *position;

// token is where the next token begins: behind white space.
static inline position token(position at, position end) {
	while (at < end && (unsigned char)*at <= ' ' && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) {
		at++;
	}
	return at;
}

// byte is the byte at a position, 0 at the end.
static inline char byte(position at, position end) { return at < end ? *at : 0; }

// plain passes the bytes that stand for themselves in every string: neither
// quote, backslash, control characters nor bytes beyond ASCII.
static inline position plain(position at, position end) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t each = 0x0101010101010101;
	for (; end - at >= 8; at += 8) {
		// The lowest byte with its high bit set is the first that is not plain;
		// borrows and carries touch only the bytes above it.
		uint64_t x = load8(at);
		uint64_t hit = x | (x + each) | (x - 0x20 * each) | ((x ^ 0x22 * each) - each) | ((x ^ 0x5c * each) - each);
		hit &= 0x80 * each;
		if (hit) {
			return at + (__builtin_ctzll(hit) >> 3);
		}
	}
#endif
	for (; at < end; at++) {
		unsigned char c = (unsigned char)*at;
		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') {
			break;
		}
	}
	return at;
}

// utf8 is the length of the character at at, which is not ASCII; 0 when it is
// none.
static size_t utf8(position at, position end) {
	const unsigned char *b = (const unsigned char *)at;
	size_t len = b[0] >= 0xc2 && b[0] < 0xe0 ? 2 : b[0] >= 0xe0 && b[0] < 0xf0 ? 3 : b[0] >= 0xf0 && b[0] < 0xf5 ? 4 : 0;
	if (len == 0 || (size_t)(end - at) < len) {
		return 0;
	}
	unsigned char low = b[0] == 0xe0 ? 0xa0 : b[0] == 0xf0 ? 0x90 : 0x80;
	unsigned char high = b[0] == 0xed ? 0x9f : b[0] == 0xf4 ? 0x8f : 0xbf;
	if (b[1] < low || b[1] > high) {
		return 0;
	}
	for (size_t i = 2; i < len; i++) {
		if ((b[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return len;
}

// hex4 is the code of a \uXXXX at at, -1 when there is none.
static int32_t hex4(position at, position end) {
	if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
		return -1;
	}
	int32_t code = 0;
	for (int i = 2; i < 6; i++) {
		char c = at[i];
		int32_t digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		if (digit < 0) {
			return -1;
		}
		code = code << 4 | digit;
	}
	return code;
}

// pass_escape passes one escape and gives its code.
static position pass_escape(position at, position end, int32_t *code) {
	if (end - at < 2) {
		return NULL;
	}
	switch (at[1]) {
	case '"': case '\\': case '/': *code = at[1]; return at + 2;
	case 'b': *code = '\b'; return at + 2;
	case 'f': *code = '\f'; return at + 2;
	case 'n': *code = '\n'; return at + 2;
	case 'r': *code = '\r'; return at + 2;
	case 't': *code = '\t'; return at + 2;
	}
	int32_t high = hex4(at, end);
	if (high < 0xd800 || high > 0xdfff) {
		*code = high;
		return high < 0 ? NULL : at + 6;
	}
	int32_t low = hex4(at + 6, end);
	if (high > 0xdbff || low < 0xdc00 || low > 0xdfff) {
		return NULL;
	}
	*code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return at + 12;
}

static char *put_rune(char *to, int32_t code) {
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	int shift = code < 0x800 ? 6 : code < 0x10000 ? 12 : 18;
	*to++ = (char)((shift == 6 ? 0xc0 : shift == 12 ? 0xe0 : 0xf0) | code >> shift);
	while (shift > 0) {
		shift -= 6;
		*to++ = (char)(0x80 | (code >> shift & 63));
	}
	return to;
}

// pass_odd passes what is not plain in a string, but for the quote.
static position pass_odd(position at, position end) {
	int32_t code;
	if (*at == '\\') {
		return pass_escape(at, end, &code);
	}
	size_t len = *at == 0x7f ? 1 : (unsigned char)*at < 0x80 ? 0 : utf8(at, end);
	return len > 0 ? at + len : NULL;
}

static position pass_string(position at, position end) {
	for (at++; (at = plain(at, end)) < end;) {
		if (*at == '"') {
			return at + 1;
		}
		at = pass_odd(at, end);
		if (!at) {
			return NULL;
		}
	}
	return NULL;
}

// unescaped is the text between the quotes of a string that has been passed: a
// copy, which is never longer.
static dw_text unescaped(position at, position end) {
	char *out = take((size_t)(end - at)), *to = out;
	if (!out) {
		return (dw_text){0};
	}
	while (at < end) {
		int32_t code;
		if (*at == '\\') {
			at = pass_escape(at, end, &code);
			to = put_rune(to, code);
		} else {
			*to++ = *at++;
		}
	}
	return (dw_text){out, (size_t)(to - out)};
}

// pass_text passes a string and gives its text, which is a copy only where the
// string is not plain.
static inline position pass_text(position at, position end, dw_text *text) {
	if (byte(at, end) != '"') {
		return NULL;
	}
	position to = plain(at + 1, end);
	if (byte(to, end) == '"') {
		*text = (dw_text){at + 1, (size_t)(to - at - 1)};
		return to + 1;
	}
	to = pass_string(at, end);
	*text = to ? unescaped(at + 1, to - 1) : (dw_text){0};
	return text->at ? to : NULL;
}

static inline position pass_digits(position at, position end) {
	position from = at;
	while (at < end && *at >= '0' && *at <= '9') {
		at++;
	}
	return at > from ? at : NULL;
}

// pass_number passes a number of RFC 8259, section 6.
static position pass_number(position at, position end) {
	at += byte(at, end) == '-';
	if (byte(at, end) == '0') {
		at++;
	} else if (!(at = pass_digits(at, end))) {
		return NULL;
	}
	if (byte(at, end) == '.' && !(at = pass_digits(at + 1, end))) {
		return NULL;
	}
	if (byte(at, end) == 'e' || byte(at, end) == 'E') {
		at++;
		at += byte(at, end) == '+' || byte(at, end) == '-';
		return pass_digits(at, end);
	}
	return at;
}

static position pass_word(position at, position end, const char *word, size_t len) {
	return (size_t)(end - at) >= len && same(at, word, len) ? at + len : NULL;
}

static position pass_scalar(position at, position end) {
	switch (byte(at, end)) {
	case '"': return pass_string(at, end);
	case 't': return pass_word(at, end, "true", 4);
	case 'f': return pass_word(at, end, "false", 5);
	case 'n': return pass_word(at, end, "null", 4);
	}
	return pass_number(at, end);
}

// ---- Objects without duplicate members -------------------------------------

// FEW names are compared with each other as they come, more are sorted at the
// object's end, so that no document makes this quadratic.
#define FEW 64

// object is one that is being read: where its names begin in dw.names, and a
// sketch of them, which tells most names from each other.
typedef struct object {
	size_t mark;
	uint64_t sketch;
} object;

static inline bool equal(dw_text a, dw_text b) { return a.len == b.len && same(a.at, b.at, a.len); }

static bool known(const object *o, dw_text name) {
	for (size_t i = o->mark; i < dw.names.count; i++) {
		if (equal(dw.names.list[i], name)) {
			return true;
		}
	}
	return false;
}

// add_name is false when the object has the name already.
static inline bool add_name(object *o, dw_text name) {
	unsigned sum = (unsigned)name.len * 11;
	if (name.len > 0) {
		sum += (unsigned char)name.at[0] * 5u + (unsigned char)name.at[name.len / 2] * 3u + (unsigned char)name.at[name.len - 1];
	}
	uint64_t bit = (uint64_t)1 << (sum & 63);
	if (o->sketch & bit && dw.names.count - o->mark <= FEW && known(o, name)) {
		return false;
	}
	o->sketch |= bit;
	void *more_;
	return push(&dw.names, name);
}

// before orders names by their bytes, the same ones as they came.
static bool before(const dw_text *a, const dw_text *b) {
	int order = compare(*a, *b);
	return order < 0 || (order == 0 && a < b);
}

static void sift(dw_text **names, size_t at, size_t count) {
	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		child += child + 1 < count && before(names[child], names[child + 1]);
		if (!before(names[at], names[child])) {
			return;
		}
		dw_text *swap = names[at];
		names[at] = names[child];
		names[child] = swap;
	}
}

static void sort_names(dw_text **names, size_t count) {
	for (size_t i = count / 2; i > 0; i--) {
		sift(names, i - 1, count);
	}
	for (size_t i = count; i > 1; i--) {
		dw_text *last = names[i - 1];
		names[i - 1] = names[0];
		names[0] = last;
		sift(names, 0, i - 1);
	}
}

static bool all_differ(dw_text *list, size_t count) {
	dw_text **names = (dw_text **)(void *)take(count * sizeof *names);
	if (!names) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		names[i] = &list[i];
	}
	sort_names(names, count);
	for (size_t i = 1; i < count; i++) {
		if (equal(*names[i - 1], *names[i])) {
			return false;
		}
	}
	return true;
}

// close_object forgets the object's names, and is false when two are the same.
static inline bool close_object(const object *o) {
	size_t count = dw.names.count - o->mark;
	dw.names.count = o->mark;
	return count <= FEW || all_differ(dw.names.list + o->mark, count);
}

// pass_name passes a member's name and the colon, and gives the name.
static position pass_name(position at, position end, object *o, dw_text *name) {
	at = pass_text(token(at, end), end, name);
	if (!at || !add_name(o, *name)) {
		return NULL;
	}
	at = token(at, end);
	return byte(at, end) == ':' ? at + 1 : NULL;
}

// pass_value passes any value with the white space before it; depth is how
// many levels are around it. When it is none, names are left over, which
// whoever began takes away.
static position pass_value(position at, position end, unsigned depth) {
	object objects[MAX_DEPTH];
	uint64_t in_object = 0; // a bit for each level
	dw_text name;
	for (unsigned level = depth;;) {
		at = token(at, end);
		char c = byte(at, end);
		if (c != '{' && c != '[') {
			if (!(at = pass_scalar(at, end))) {
				return NULL;
			}
		} else if (level >= MAX_DEPTH) {
			return NULL;
		} else {
			at = token(at + 1, end);
			if (byte(at, end) == c + 2) { // } and ] are two behind { and [
				at++;
			} else if (c == '[') {
				in_object &= ~((uint64_t)1 << level++);
				continue;
			} else {
				objects[level] = (object){dw.names.count, 0};
				if (!(at = pass_name(at, end, &objects[level], &name))) {
					return NULL;
				}
				in_object |= (uint64_t)1 << level++;
				continue;
			}
		}
		for (;;) { // behind a value
			if (level == depth) {
				return at;
			}
			bool object_around = in_object >> (level - 1) & 1;
			at = token(at, end);
			c = byte(at, end);
			at++;
			if (c == ',') {
				if (object_around && !(at = pass_name(at, end, &objects[level - 1], &name))) {
					return NULL;
				}
				break;
			}
			if (c != (object_around ? '}' : ']')) {
				return NULL;
			}
			level--;
			if (object_around && !close_object(&objects[level])) {
				return NULL;
			}
		}
	}
}

// ---- Values ----------------------------------------------------------------

static inline position start(dw_value v) { return token(v.at, v.at + v.len); }

// whole says that a value which has been passed up to at ends there.
static inline bool whole(position at, position end) { return at && token(at, end) == end; }

static const dw_value no_text = {"", 0};

// present is v, or an empty text when it is absent, so that there is something
// to point into.
static inline dw_value present(dw_value v) { return v.at ? v : no_text; }

char dw_kind(dw_value v) {
	v = present(v);
	char c = byte(start(v), v.at + v.len);
	if (c == '-' || (c >= '0' && c <= '9')) {
		return '0';
	}
	return c == '{' || c == '[' || c == '"' || c == 't' || c == 'f' || c == 'n' ? c : 0;
}

bool dw_check(dw_value v) {
	v = present(v);
	size_t mark = dw.names.count;
	bool ok = whole(pass_value(v.at, v.at + v.len, 0), v.at + v.len);
	dw.names.count = mark;
	return ok;
}

dw_text dw_text_of(dw_value v) {
	v = present(v);
	dw_text text;
	position end = v.at + v.len;
	return whole(pass_text(start(v), end, &text), end) ? text : (dw_text){0};
}

dw_text dw_number_of(dw_value v) {
	v = present(v);
	position from = start(v), end = v.at + v.len, at = pass_number(from, end);
	return whole(at, end) ? (dw_text){from, (size_t)(at - from)} : (dw_text){0};
}

bool dw_int_of(dw_value v, int64_t *number) {
	dw_text text = dw_number_of(v);
	bool negative = text.len > 0 && text.at[0] == '-';
	uint64_t limit = (uint64_t)INT64_MAX + negative, n = 0;
	for (size_t i = negative; i < text.len; i++) {
		unsigned digit = (unsigned char)text.at[i] - '0';
		if (digit > 9 || n > (limit - digit) / 10) {
			return false;
		}
		n = n * 10 + digit;
	}
	if (text.len == 0) {
		return false;
	}
	*number = negative ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}

bool dw_bool_of(dw_value v, bool *is) {
	v = present(v);
	position at = start(v), end = v.at + v.len;
	char c = byte(at, end);
	if ((c != 't' && c != 'f') || !whole(pass_scalar(at, end), end)) {
		return false;
	}
	*is = c == 't';
	return true;
}

bool dw_is_true(dw_value v) {
	bool is = false;
	return dw_bool_of(v, &is) && is;
}

// open is where the first element of an array or member of an object is, NULL
// when v does not begin with bracket. ended is set when there is none.
static position open(dw_value v, char bracket, bool *ended) {
	position at = start(v), end = v.at + v.len;
	if (byte(at, end) != bracket) {
		return NULL;
	}
	at = token(at + 1, end);
	*ended = byte(at, end) == bracket + 2;
	return at + *ended;
}

// next passes what is behind an element or member, and sets ended when that
// is the closing bracket.
static inline position next(position at, position end, char bracket, bool *ended) {
	at = token(at, end);
	char c = byte(at, end);
	*ended = c == bracket + 2;
	return c == ',' || *ended ? at + 1 : NULL;
}

static position read_texts(dw_value v, dw_texts *texts) {
	void *more_;
	bool ended;
	position end = v.at + v.len, at = open(v, '[', &ended);
	while (at && !ended) {
		dw_text text;
		if (!(at = pass_text(token(at, end), end, &text)) || !push(texts, text)) {
			return NULL;
		}
		at = next(at, end, '[', &ended);
	}
	return at;
}

bool dw_texts_of(dw_value v, dw_texts *texts) {
	v = present(v);
	size_t count = texts->count;
	bool ok = whole(read_texts(v, texts), v.at + v.len);
	if (!ok) {
		texts->count = count;
	}
	return ok;
}

// read_value passes a value one level down and gives its text.
static inline position read_value(position at, position end, dw_value *v) {
	v->at = token(at, end);
	at = pass_value(v->at, end, 1);
	v->len = at ? (size_t)(at - v->at) : 0;
	return at;
}

static position read_members(dw_value v, object *o, dw_members *members) {
	void *more_;
	bool ended;
	position end = v.at + v.len, at = open(v, '{', &ended);
	while (at && !ended) {
		dw_member m;
		if (!(at = pass_name(at, end, o, &m.name)) || !(at = read_value(at, end, &m.value)) || !push(members, m)) {
			return NULL;
		}
		at = next(at, end, '{', &ended);
	}
	return at && close_object(o) ? at : NULL;
}

bool dw_members_of(dw_value v, dw_members *members) {
	v = present(v);
	*members = (dw_members){0};
	object o = {dw.names.count, 0};
	bool ok = whole(read_members(v, &o, members), v.at + v.len);
	dw.names.count = o.mark;
	if (!ok) {
		*members = (dw_members){0};
	}
	return ok;
}

static position read_elements(dw_value v, dw_values *elements) {
	void *more_;
	bool ended;
	position end = v.at + v.len, at = open(v, '[', &ended);
	while (at && !ended) {
		dw_value element;
		if (!(at = read_value(at, end, &element)) || !push(elements, element)) {
			return NULL;
		}
		at = next(at, end, '[', &ended);
	}
	return at;
}

bool dw_elements_of(dw_value v, dw_values *elements) {
	v = present(v);
	*elements = (dw_values){0};
	size_t mark = dw.names.count;
	bool ok = whole(read_elements(v, elements), v.at + v.len);
	dw.names.count = mark;
	if (!ok) {
		*elements = (dw_values){0};
	}
	return ok;
}

dw_value dw_member_of_(const dw_members *members, dw_text name) {
	for (size_t i = 0; i < members->count; i++) {
		if (equal(members->list[i].name, name)) {
			return members->list[i].value;
		}
	}
	return (dw_value){0};
}

// ---- Pointers --------------------------------------------------------------
//
// A function called skip_… passes over what is not looked for, checking only
// where it ends. Nothing here takes from the arena.

static position skip_string(position at, position end) {
	for (at++; (at = plain(at, end)) < end; at++) {
		if (*at == '"') {
			return at + 1;
		}
		if (*at == '\\' && ++at == end) {
			return NULL;
		}
	}
	return NULL;
}

static position skip_nested(position at, position end) {
	size_t depth = 0;
	while (at < end) {
		char c = *at;
		if (c == '"') {
			if (!(at = skip_string(at, end))) {
				return NULL;
			}
			continue;
		}
		at++;
		if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			return at;
		}
	}
	return NULL;
}

// skip_value passes the next value with the white space before it.
static position skip_value(position at, position end) {
	at = token(at, end);
	switch (byte(at, end)) {
	case '"':
		return skip_string(at, end);
	case '{':
	case '[':
		return skip_nested(at, end);
	}
	for (position from = at;; at++) {
		switch (byte(at, end)) {
		case 0: case ',': case ']': case '}': case ' ': case '\t': case '\n': case '\r': case '"': case ':': case '[': case '{':
			return at > from ? at : NULL;
		}
	}
}

// same_name compares what is inside the quotes of a member's name with a
// reference token, decoding both on the way.
static bool same_name(position at, position end, dw_text want) {
	position to = want.at, to_end = want.at + want.len;
	while (at < end) {
		char piece[4];
		position from = at, piece_end = at + 1;
		if (*at == '\\') {
			int32_t code;
			if (!(at = pass_escape(at, end, &code))) {
				return false;
			}
			from = piece;
			piece_end = put_rune(piece, code);
		} else {
			at++;
		}
		for (; from < piece_end; from++, to++) {
			char c = byte(to, to_end);
			if (c == '~') {
				c = *++to == '0' ? '~' : '/';
			}
			if (to == to_end || c != *from) {
				return false;
			}
		}
	}
	return to == to_end;
}

// to_member goes from an object to the value of the member called name.
static position to_member(position at, position end, dw_text name) {
	for (at = token(at + 1, end); byte(at, end) == '"'; at = token(at + 1, end)) {
		position from = at;
		if (!(at = skip_string(at, end))) {
			return NULL;
		}
		bool found = same_name(from + 1, at - 1, name);
		at = token(at, end);
		if (byte(at, end) != ':') {
			return NULL;
		}
		at++;
		if (found) {
			return at;
		}
		if (!(at = skip_value(at, end)) || byte(at = token(at, end), end) != ',') {
			return NULL;
		}
	}
	return NULL;
}

// to_element goes from an array to the element at an index.
static position to_element(position at, position end, dw_text index) {
	if (index.len == 0 || index.len > 9 || (index.at[0] == '0' && index.len > 1)) {
		return NULL;
	}
	size_t n = 0;
	for (size_t i = 0; i < index.len; i++) {
		if (index.at[i] < '0' || index.at[i] > '9') {
			return NULL;
		}
		n = n * 10 + (size_t)(index.at[i] - '0');
	}
	for (at++; n > 0; n--, at++) {
		if (!(at = skip_value(at, end)) || byte(at = token(at, end), end) != ',') {
			return NULL;
		}
	}
	return at;
}

// next_token is the pointer's next reference token, as it is written; false
// when it is malformed.
static bool next_token(position *at, position end, dw_text *text) {
	position p = *at;
	if (*p++ != '/') {
		return false;
	}
	for (; p < end && *p != '/'; p++) {
		if (*p == '~' && byte(++p, end) != '0' && byte(p, end) != '1') {
			return false;
		}
	}
	*text = (dw_text){*at + 1, (size_t)(p - *at - 1)};
	*at = p;
	return true;
}

dw_value dw_at_(dw_value v, dw_text pointer) {
	if (!pointer.at) {
		return (dw_value){0};
	}
	v = present(v);
	position at = v.at, end = v.at + v.len, left = pointer.at;
	for (position last = left + pointer.len; left < last;) {
		dw_text name;
		if (!next_token(&left, last, &name)) {
			return (dw_value){0};
		}
		at = token(at, end);
		char c = byte(at, end);
		at = c == '{' ? to_member(at, end, name) : c == '[' ? to_element(at, end, name) : NULL;
		if (!at) {
			return (dw_value){0};
		}
	}
	position from = token(at, end);
	at = skip_value(from, end);
	return at ? (dw_value){from, (size_t)(at - from)} : (dw_value){0};
}

// ---- The input -------------------------------------------------------------

dw_value dw_get_(dw_text pointer) {
	size_t room = (size_t)(dw.end - dw.at);
	int32_t len = dw_host_get(pointer.at, pointer.len, dw.at, room);
	if (len < 0) {
		return (dw_value){0};
	}
	bool fits = (size_t)len <= room;
	const char *at = take((size_t)len);
	if (!at || (!fits && dw_host_get(pointer.at, pointer.len, (char *)at, (size_t)len) != len)) {
		return (dw_value){0};
	}
	return (dw_value){at, (size_t)len};
}

dw_value dw_source_(dw_text name, dw_text pointer) {
	static const char sources[] = "/sources/";
	char *start = take(sizeof sources + 2 * name.len + pointer.len);
	if (!start) {
		return (dw_value){0};
	}
	char *at = copy(start, sources, sizeof sources - 1);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		if (c == '~' || c == '/') {
			*at++ = '~';
			c = c == '~' ? '0' : '1';
		}
		*at++ = c;
	}
	at = copy(at, pointer.at, pointer.len);
	return dw_get(((dw_text){start, (size_t)(at - start)}));
}

dw_value dw_config_(dw_text pointer) {
	static const char config[] = "/config";
	char *start = take(sizeof config + pointer.len);
	if (!start) {
		return (dw_value){0};
	}
	char *at = copy(copy(start, config, sizeof config - 1), pointer.at, pointer.len);
	return dw_get(((dw_text){start, (size_t)(at - start)}));
}

dw_user dw_get_user(void) {
	dw_user user = {0};
	dw_members all;
	dw_members_of(dw_get("/user"), &all);
	user.id = dw_text_of(dw_member_of(&all, "id"));
	user.user_name = dw_text_of(dw_member_of(&all, "userName"));
	user.first_name = dw_text_of(dw_member_of(&all, "firstName"));
	user.last_name = dw_text_of(dw_member_of(&all, "lastName"));
	user.email = dw_text_of(dw_member_of(&all, "email"));
	user.has_roles = dw_texts_of(dw_member_of(&all, "roles"), &user.roles);
	dw_members_of(dw_member_of(&all, "attributes"), &user.attributes);
	return user;
}

dw_login dw_get_login(void) {
	dw_login login = {0};
	dw_members all;
	dw_members_of(dw_get("/login"), &all);
	login.idp = dw_text_of(dw_member_of(&all, "idp"));
	login.protocol = dw_text_of(dw_member_of(&all, "protocol"));
	dw_int_of(dw_member_of(&all, "time"), &login.time);
	dw_bool_of(dw_member_of(&all, "forceAuth"), &login.force_auth);
	return login;
}

// ---- Texts -----------------------------------------------------------------

bool dw_equal_(dw_text a, dw_text b) { return equal(a, b); }

bool dw_cut_prefix_(dw_text text, dw_text prefix, dw_text *rest) {
	if (text.len < prefix.len || !same(text.at, prefix.at, prefix.len)) {
		return false;
	}
	*rest = text.at ? (dw_text){text.at + prefix.len, text.len - prefix.len} : text;
	return true;
}

dw_text dw_lower_(dw_text text) {
	char *out = text.at ? take(text.len) : NULL;
	if (!out) {
		return (dw_text){0};
	}
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
	}
	return (dw_text){out, text.len};
}

bool dw_add_(dw_texts *texts, dw_text text) {
	void *more_;
	return text.at && push(texts, text);
}

static uint32_t hash(dw_text text) {
	uint64_t h = text.len;
	const char *at = text.at;
	size_t left = text.len;
	for (; left >= 8; at += 8, left -= 8) {
		h = (h ^ load8(at)) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	for (; left > 0; at++, left--) {
		h = (h ^ (unsigned char)*at) * 0x9e3779b97f4a7c15u;
	}
	return (uint32_t)(h >> 32);
}

// slot is where text is among the slots, or where it would be.
static uint32_t *slot(const dw_texts *texts, dw_text text) {
	for (size_t i = hash(text);; i++) {
		uint32_t *s = &texts->slots[i & (texts->slot_count - 1)];
		if (*s == 0 || dw_equal(texts->list[*s - 1], text)) {
			return s;
		}
	}
}

// index_texts makes the slots, at least twice as many as there will be texts.
static bool index_texts(dw_texts *texts) {
	if (texts->count * 2 >= texts->slot_count) {
		size_t count = texts->slot_count ? texts->slot_count : 16;
		while (texts->count * 2 >= count) {
			count *= 2;
		}
		uint32_t *slots = (uint32_t *)(void *)take(count * sizeof *slots);
		if (!slots) {
			return false;
		}
		for (size_t i = 0; i < count; i++) {
			slots[i] = 0;
		}
		texts->slots = slots;
		texts->slot_count = count;
		texts->indexed = 0;
	}
	for (; texts->indexed < texts->count; texts->indexed++) {
		uint32_t *s = slot(texts, texts->list[texts->indexed]);
		if (*s == 0) {
			*s = (uint32_t)texts->indexed + 1;
		}
	}
	return true;
}

bool dw_add_new_(dw_texts *texts, dw_text text) {
	return text.at && index_texts(texts) && *slot(texts, text) == 0 && dw_add(texts, text);
}

// ---- Writing texts ---------------------------------------------------------

// buffer is text that is being written; it grows at its end.
typedef struct buffer {
	char *at;
	size_t len, room;
	bool ok;
} buffer;

static void write(buffer *b, dw_text text) {
	if (text.len > b->room - b->len) {
		size_t want = 2 * b->room > b->len + text.len ? 2 * b->room : b->len + text.len + 64;
		char *at = b->ok ? retake(b->at, b->len, want) : NULL;
		if (!at) {
			b->ok = false;
			return;
		}
		b->at = at;
		b->room = want;
	}
	copy(b->at + b->len, text.at, text.len);
	b->len += text.len;
}

static void write_number(buffer *b, uint64_t n, bool negative) {
	char digits[21], *at = digits + sizeof digits;
	do {
		*--at = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	if (negative) {
		*--at = '-';
	}
	write(b, (dw_text){at, (size_t)(digits + sizeof digits - at)});
}

static void write_int(buffer *b, int64_t n) { write_number(b, n < 0 ? 0 - (uint64_t)n : (uint64_t)n, n < 0); }

// A list of arguments by reference, whatever kind of type va_list is.
typedef struct arguments {
	va_list list;
} arguments;

// directive writes one directive of a format, which begins behind its %, and
// returns where the format goes on; NULL when it is not known.
static const char *directive(buffer *b, const char *f, arguments *a) {
	size_t most = SIZE_MAX, longs = 0;
	if (f[0] == '.' && f[1] == '*' && f[2] == 's') {
		most = (size_t)va_arg(a->list, int);
		dw_text text = {va_arg(a->list, const char *), most};
		write(b, text);
		return f + 3;
	}
	for (; *f == 'l'; f++) {
		longs++;
	}
	if (*f == 'z') {
		longs = SIZE_MAX > UINT32_MAX ? 2 : 1;
		f++;
	}
	switch (*f) {
	case '%':
		write(b, DW("%"));
		break;
	case 's':
		write(b, DW(va_arg(a->list, const char *)));
		break;
	case 'c': {
		char c = (char)va_arg(a->list, int);
		write(b, (dw_text){&c, 1});
		break;
	}
	case 'd':
		write_int(b, longs > 1 ? va_arg(a->list, long long) : longs ? va_arg(a->list, long) : va_arg(a->list, int));
		break;
	case 'u':
		write_number(b, longs > 1 ? va_arg(a->list, unsigned long long) : longs ? va_arg(a->list, unsigned long) : va_arg(a->list, unsigned), false);
		break;
	default:
		return NULL;
	}
	return f + 1;
}

// formatted is a text written as printf would.
static dw_text formatted(const char *f, arguments *a) {
	buffer b = {.ok = true};
	while (*f && b.ok) {
		const char *from = f;
		while (*f && *f != '%') {
			f++;
		}
		write(&b, (dw_text){from, (size_t)(f - from)});
		if (*f == '%' && !(f = directive(&b, f + 1, a))) {
			fail_with(DW("a format holds a directive that dw_format does not know"));
			return (dw_text){0};
		}
	}
	return b.ok ? (dw_text){b.at ? b.at : "", b.len} : (dw_text){0};
}

dw_text dw_format(const char *format, ...) {
	arguments a;
	va_start(a.list, format);
	dw_text text = formatted(format, &a);
	va_end(a.list);
	return text;
}

void dw_log(dw_level level, const char *format, ...) {
	arguments a;
	va_start(a.list, format);
	dw_text text = formatted(format, &a);
	va_end(a.list);
	if (text.at) {
		dw_host_log((int32_t)level, text.at, text.len);
	}
}

void dw_fail(const char *format, ...) {
	arguments a;
	va_start(a.list, format);
	dw_text text = formatted(format, &a);
	va_end(a.list);
	if (text.at) {
		fail_with(text);
	}
}

// ---- Writing JSON ----------------------------------------------------------

// room_for is how many bytes encode takes at most.
static inline size_t room_for(dw_text text) { return 6 * text.len + 2; }

// encode writes text as a JSON string and returns its end. Bytes that are not
// UTF-8 become U+FFFD.
static char *encode(char *to, dw_text text) {
	static const char hex[] = "0123456789abcdef";
	position at = text.at, end = at + text.len;
	*to++ = '"';
	for (position from = at; (at = plain(from, end)), (to = copy(to, from, (size_t)(at - from))), at < end; from = at) {
		unsigned char c = (unsigned char)*at;
		size_t len = c >= 0x80 ? utf8(at, end) : 0;
		if (len > 0) {
			to = copy(to, at, len);
		} else if (c == '"' || c == '\\') {
			*to++ = '\\';
			*to++ = (char)c;
		} else if (c < 0x80) {
			to = copy(to, "\\u00", 4);
			*to++ = hex[c >> 4];
			*to++ = hex[c & 15];
		} else {
			to = copy(to, "\xef\xbf\xbd", 3);
		}
		at += len ? len : 1;
	}
	*to++ = '"';
	return to;
}

// finished gives back what was taken beyond end.
static dw_value finished(char *at, size_t had, char *end) {
	size_t len = (size_t)(end - at);
	retake(at, had, len);
	return (dw_value){at, len};
}

dw_value dw_text_value_(dw_text text) {
	size_t room = room_for(text);
	char *at = text.at ? take(room) : NULL;
	return at ? finished(at, room, encode(at, text)) : (dw_value){0};
}

static dw_value taken(const buffer *b) { return b->ok ? (dw_value){b->at, b->len} : (dw_value){0}; }

dw_value dw_int_value(int64_t number) {
	buffer b = {.ok = true};
	write_int(&b, number);
	return taken(&b);
}

dw_value dw_bool_value(bool is) { return is ? (dw_value){"true", 4} : (dw_value){"false", 5}; }

dw_value dw_texts_value(const dw_texts *texts) {
	size_t room = 2;
	for (size_t i = 0; i < texts->count; i++) {
		room += room_for(texts->list[i]) + 1;
	}
	char *at = take(room), *to = at;
	if (!at) {
		return (dw_value){0};
	}
	*to++ = '[';
	for (size_t i = 0; i < texts->count; i++) {
		if (i > 0) {
			*to++ = ',';
		}
		to = encode(to, texts->list[i]);
	}
	*to++ = ']';
	return finished(at, room, to);
}

// ---- The result ------------------------------------------------------------

void dw_set_(enum dw_standard which, dw_text text) {
	if (text.len > 0) {
		dw.set[which] = dw_text_value(text);
	}
}

void dw_set_roles(const dw_texts *roles) { dw.set[DW_SET_ROLES] = dw_texts_value(roles); }

void dw_set_attribute_(dw_text name, dw_value v) {
	void *more_;
	if (!v.at || !name.at) {
		return;
	}
	char *at = take(name.len + v.len);
	if (!at) {
		return;
	}
	char *copied = copy(at, name.at, name.len);
	copy(copied, v.at, v.len);
	(void)push(&dw.attributes, (dw_member){{at, name.len}, {copied, v.len}});
}

void dw_unset_(dw_text name) {
	void *more_;
	if (name.at) {
		(void)push(&dw.unset, dw_text_value(name));
	}
}

void dw_deny(const char *format, ...) {
	arguments a;
	va_start(a.list, format);
	dw_text reason = formatted(format, &a);
	va_end(a.list);
	dw.deny = dw_text_value(reason);
}

static void write_value(buffer *b, dw_value v) { write(b, (dw_text){v.at, v.len}); }

// begin begins a member, after a comma unless it is its object's first.
static void begin(buffer *b, const char *quoted) {
	if (b->ok && b->at[b->len - 1] != '{') {
		write(b, DW(","));
	}
	write(b, DW(quoted));
}

// attributes in the order of their names; of those with the same name only
// the last one.
static void write_attributes(buffer *b) {
	size_t count = dw.attributes.count;
	dw_text **names = (dw_text **)(void *)take(count * sizeof *names);
	if (!names) {
		b->ok = false;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		names[i] = &dw.attributes.list[i].name;
	}
	sort_names(names, count);
	begin(b, "\"attributes\":{");
	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count && dw_equal(*names[i], *names[i + 1])) {
			continue;
		}
		begin(b, "");
		write_value(b, dw_text_value(*names[i]));
		write(b, DW(":"));
		write_value(b, ((const dw_member *)(const void *)names[i])->value);
	}
	write(b, DW("}"));
}

static void write_set(buffer *b) {
	static const char *const names[DW_SETS] = {"\"id\":", "\"userName\":", "\"firstName\":", "\"lastName\":", "\"email\":", "\"roles\":"};
	bool any = dw.attributes.count > 0;
	for (int i = 0; i < DW_SETS; i++) {
		any = any || dw.set[i].at;
	}
	if (!any) {
		return;
	}
	begin(b, "\"set\":{");
	for (int i = 0; i < DW_SETS; i++) {
		if (dw.set[i].at) {
			begin(b, names[i]);
			write_value(b, dw.set[i]);
		}
	}
	if (dw.attributes.count > 0) {
		write_attributes(b);
	}
	write(b, DW("}"));
}

static void write_result(buffer *b) {
	write(b, DW("{"));
	write_set(b);
	for (size_t i = 0; i < dw.unset.count; i++) {
		if (i > 0) {
			write(b, DW(","));
		} else {
			begin(b, "\"unset\":[");
		}
		write_value(b, dw.unset.list[i]);
	}
	if (dw.unset.count > 0) {
		write(b, DW("]"));
	}
	if (dw.deny.at) {
		begin(b, "\"deny\":{\"reason\":");
		write_value(b, dw.deny);
		write(b, DW("}"));
	}
	write(b, DW("}"));
}

// ---- The call --------------------------------------------------------------

int32_t dw_call(void) {
	reset();
	dw_value version = dw_get("/version");
	if (version.at && !dw_equal(dw_number_of(version), "1")) {
		fail_with(DW("the input is of a version of the boundary that this plugin was not built for; build it with a newer SDK"));
		return 1;
	}
	doorward_map();
	if (dw.failed) {
		return 1;
	}
	buffer b = {.ok = true};
	write_result(&b);
	if (dw.failed) {
		return 1;
	}
	dw_host_output_write(b.at, b.len);
	return 0;
}

#if defined(__wasm__)

__attribute__((export_name("map"))) int32_t dw_export_map(void) { return dw_call(); }

// What compilers call without being asked, for guests without a C library.
#define LIBRARY __attribute__((weak, no_builtin))

LIBRARY void *memcpy(void *to, const void *from, size_t len) {
	copy(to, from, len);
	return to;
}

LIBRARY void *memset(void *to, int c, size_t len) {
	for (size_t i = 0; i < len; i++) {
		((char *)to)[i] = (char)c;
	}
	return to;
}

LIBRARY void *memmove(void *to, const void *from, size_t len) {
	if ((uintptr_t)to - (uintptr_t)from >= len) {
		return memcpy(to, from, len);
	}
	for (size_t i = len; i > 0; i--) {
		((char *)to)[i - 1] = ((const char *)from)[i - 1];
	}
	return to;
}

LIBRARY int memcmp(const void *a, const void *b, size_t len) {
	return compare((dw_text){a, len}, (dw_text){b, len});
}

LIBRARY size_t strlen(const char *s) {
	size_t len = 0;
	while (s[len]) {
		len++;
	}
	return len;
}

#endif
