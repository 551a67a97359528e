// The C SDK's host functions on Extism's boundary: the same mapper, run by
// another host. The input is read whole, as an Extism plugin does.

#include "doorward.h"

#define HOST(name) __attribute__((import_module("extism:host/env"), import_name(name)))

HOST("input_length") uint64_t input_length(void);
HOST("input_load_u8") uint32_t input_load_u8(uint64_t at);
HOST("input_load_u64") uint64_t input_load_u64(uint64_t at);
HOST("alloc") uint64_t host_alloc(uint64_t size);
HOST("store_u8") void store_u8(uint64_t at, uint32_t value);
HOST("store_u64") void store_u64(uint64_t at, uint64_t value);
HOST("output_set") void output_set(uint64_t at, uint64_t len);

static char input[256 << 10];
static size_t input_len;

static dw_members top, sources; // read once for each call, not for each get
static bool parsed;

static void read_input(void) {
	input_len = (size_t)input_length();
	size_t i = 0;
	for (; i + 8 <= input_len; i += 8) {
		uint64_t word = input_load_u64(i);
		__builtin_memcpy(input + i, &word, 8);
	}
	for (; i < input_len; i++) {
		input[i] = (char)input_load_u8(i);
	}
	parsed = false;
}

// step finds the member that the first token of path names, and cuts it off.
static dw_value step(const dw_members *members, dw_text *path) {
	size_t len = 1;
	while (len < path->len && path->at[len] != '/') {
		len++;
	}
	dw_value found = dw_member_of(members, ((dw_text){path->at + 1, len - 1}));
	path->at += len;
	path->len -= len;
	return found;
}

static dw_value find(dw_text path) {
	dw_value v = step(&top, &path);
	if (path.len > 0 && v.at == dw_member_of(&top, "sources").at) {
		v = step(&sources, &path);
	}
	return v.at && path.len > 0 ? dw_at(v, path) : v;
}

int32_t dw_host_get(const char *path, size_t path_len, char *buf, size_t cap) {
	if (!parsed) { // the SDK's first question is /version, and buf the arena that the members go to
		parsed = dw_members_of(((dw_value){input, input_len}), &top) && dw_members_of(dw_member_of(&top, "sources"), &sources);
		return -1;
	}
	dw_value v = find((dw_text){path, path_len});
	if (!v.at) {
		return -1;
	}
	if (v.len <= cap) {
		for (size_t i = 0; i < v.len; i++) {
			buf[i] = v.at[i];
		}
	}
	return (int32_t)v.len;
}

void dw_host_output_write(const char *at, size_t len) {
	uint64_t to = host_alloc(len);
	size_t i = 0;
	for (; i + 8 <= len; i += 8) {
		uint64_t word;
		__builtin_memcpy(&word, at + i, 8);
		store_u64(to + i, word);
	}
	for (; i < len; i++) {
		store_u8(to + i, (uint8_t)at[i]);
	}
	output_set(to, len);
}

void dw_host_log(int32_t level, const char *at, size_t len) { (void)level, (void)at, (void)len; }
void dw_host_fail(const char *at, size_t len) { (void)at, (void)len; }

int32_t dw_call(void);

__attribute__((export_name("extism_map"))) int32_t extism_map(void) {
	read_input();
	return dw_call();
}
