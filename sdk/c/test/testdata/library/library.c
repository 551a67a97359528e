// What a compiler makes calls of a C library of: large copies, cleared arrays,
// lengths.

#include "doorward.h"

void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int c, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);

typedef struct large {
	char bytes[3000];
} large;

static large first, second;

void doorward_map(void) {
	large here = {{0}};
	char *text = here.bytes + dw_get_login().time; // which the compiler cannot know
	memcpy(text, "abc", 3);
	first = here;
	second = first;
	size_t len = strlen(second.bytes + (text - here.bytes));
	memmove(second.bytes + 1, second.bytes, 2000);
	bool forward = memcmp(second.bytes + 1, first.bytes, 2000) == 0;
	memmove(second.bytes, second.bytes + 1, 2000);
	bool back = memcmp(second.bytes, first.bytes, 2000) == 0;
	memset(first.bytes, 'x', len);
	dw_set_attribute("len", dw_int_value((int64_t)len));
	dw_set_attribute("moved", dw_bool_value(forward && back));
	dw_set_attribute("order", dw_bool_value(memcmp(first.bytes, second.bytes, 3000) > 0));
}
