// Answers vectors: reads records of a 4-byte little-endian length and as many
// bytes from standard input, and writes one line for each.
//
// A record is a JSON pointer, a zero byte, and a document. The line says what
// the SDK makes of the document, and of the value at the pointer:
//
//	check kind text number int bool texts members elements at

#include "doorward.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What the arena took for one record.
typedef struct piece {
	struct piece *next;
	char *bytes;
} piece;

static piece *pieces;

char *dw_host_block(size_t size, size_t *given) {
	piece *p = malloc(sizeof *p);
	if (!p) {
		return NULL;
	}
	*given = size;
	*p = (piece){pieces, malloc(size)};
	pieces = p;
	return p->bytes;
}

static void free_pieces(void) {
	while (pieces) {
		piece *p = pieces;
		pieces = p->next;
		free(p->bytes);
		free(p);
	}
}

static dw_value document;
static dw_text pointer;

int32_t dw_host_get(const char *path, size_t path_len, char *buf, size_t cap) {
	(void)path, (void)path_len, (void)buf, (void)cap;
	return -1;
}

void dw_host_output_write(const char *at, size_t len) { (void)at, (void)len; }
void dw_host_log(int32_t level, const char *at, size_t len) { (void)level, (void)at, (void)len; }
void dw_host_fail(const char *at, size_t len) {
	fprintf(stderr, "%.*s\n", (int)len, at);
	exit(1);
}

// put writes bytes in hexadecimal, - for none.
static void put(const char *at, size_t len) {
	if (!at) {
		printf(" -");
		return;
	}
	printf(" x");
	for (size_t i = 0; i < len; i++) {
		printf("%02x", (unsigned char)at[i]);
	}
}

static void put_texts(bool ok, const dw_texts *texts) {
	dw_value all = dw_texts_value(texts);
	put(ok ? all.at : NULL, all.len);
}

static void put_members(void) {
	dw_members members;
	dw_texts flat = {0};
	bool ok = dw_members_of(document, &members);
	for (size_t i = 0; i < members.count; i++) {
		dw_add(&flat, members.list[i].name);
		dw_add(&flat, ((dw_text){members.list[i].value.at, members.list[i].value.len}));
	}
	put_texts(ok, &flat);
}

static void put_elements(void) {
	dw_values elements;
	dw_texts flat = {0};
	bool ok = dw_elements_of(document, &elements);
	for (size_t i = 0; i < elements.count; i++) {
		dw_add(&flat, ((dw_text){elements.list[i].at, elements.list[i].len}));
	}
	put_texts(ok, &flat);
}

void doorward_map(void) {
	int64_t number = 0;
	bool is = false;
	dw_texts texts = {0};
	char kind = dw_kind(document);
	printf("%d %c", dw_check(document), kind ? kind : '-');
	dw_text text = dw_text_of(document), digits = dw_number_of(document);
	put(text.at, text.len);
	put(digits.at, digits.len);
	bool ok = dw_int_of(document, &number);
	ok ? printf(" %lld", (long long)number) : printf(" -");
	ok = dw_bool_of(document, &is);
	ok ? printf(" %d", is) : printf(" -");
	ok = dw_texts_of(document, &texts);
	put_texts(ok, &texts);
	put_members();
	put_elements();
	dw_value at = dw_at(document, pointer);
	put(at.at, at.len);
	printf("\n");
	fflush(stdout);
}

int main(void) {
	unsigned char head[4];
	while (fread(head, 1, 4, stdin) == 4) {
		size_t len = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
		char *record = malloc(len);
		if (!record || fread(record, 1, len, stdin) != len) {
			return 1;
		}
		char *end = memchr(record, 0, len);
		pointer = (dw_text){record, (size_t)(end - record)};
		// A block of its own, so that a sanitizer sees what leaves it.
		size_t left = len - pointer.len - 1;
		char *text = malloc(left);
		memcpy(text, end + 1, left);
		document = (dw_value){text, left};
		if (dw_call() != 0) {
			return 1;
		}
		free_pieces();
		free(text);
		free(record);
	}
	return 0;
}
